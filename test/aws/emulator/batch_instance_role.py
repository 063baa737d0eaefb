"""Whether a machine joins its cluster: the agent of ECS on it acts under the instance role.

One that may not is started, never joins, and nobody is told: its jobs stay RUNNABLE without a reason. That is looked at
where the emulator has AWS's managed policies (MOTO_IAM_LOAD_MANAGED_POLICIES=true), which such roles have.
"""

from moto import settings
from moto.iam.models import iam_backends

from iam_enforcement import enforced
from service_roles import NotTrusted, Refused, session_of

SERVICE = "ec2.amazonaws.com"
AGENT = (
    "ecs:DiscoverPollEndpoint", "ecs:RegisterContainerInstance", "ecs:Poll", "ecs:SubmitContainerStateChange",
    "ecs:SubmitTaskStateChange",
)

_sessions = {}


def joins(environment, account, region):
    if not enforced() or not settings.load_iam_aws_managed_policies():
        return True
    named = (environment.compute_resources or {}).get("instanceRole")
    profiles = iam_backends[account]["aws"].get_instance_profiles()
    roles = [role for profile in profiles if named in (profile.arn, profile.name) for role in profile.roles]
    if not roles:
        return False
    arn = roles[0].arn
    try:
        if arn not in _sessions:
            _sessions[arn] = session_of(arn, SERVICE, region, "i-0123456789abcdef0")
        for action in AGENT:
            _sessions[arn].require(action)
    except (NotTrusted, Refused):
        return False
    return True
