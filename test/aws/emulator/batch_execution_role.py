"""What ECS does under a job's execution role before the container starts, and says when the role may not.

An image in ECR is signed in for and pulled (nothing is: the role's policies are asked), the log's stream is made and
its lines are written. Other registries ask for no rights. A job without an execution role has these from the
machine's, which is not looked at.
"""

import re

from botocore.exceptions import ClientError

from iam_enforcement import enforced
from service_roles import NotTrusted, Refused, session_of

SERVICE = "ecs-tasks.amazonaws.com"
ECR_IMAGE = re.compile(r"^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com/([^:@]+)")
# AWS cuts reasons here.
REASON_LENGTH = 255


class CannotStart(Exception):
    """Why a container does not start, in ECS's words."""

    def __str__(self):
        return super().__str__()[:REASON_LENGTH]


def session_for(role_arn, region):
    """A session of a role that a container's definition names."""
    try:
        return session_of(role_arn, SERVICE, region)
    except NotTrusted:
        raise CannotStart(
            f"ECS was unable to assume the role '{role_arn}' that was provided for this task. Please verify that the "
            "role being passed has the proper trust relationship and permissions and that your IAM user has "
            "permissions to pass this role."
        ) from None


def execution_session(job):
    """The execution role's session; None where the job has none, or rights are not enforced."""
    role = job.job_definition.container_properties.get("executionRoleArn")
    return session_for(role, job.backend.region_name) if role and enforced() else None


def pull(session, image):
    found = ECR_IMAGE.match(image)
    if session is None or found is None:
        return
    account, region, name = found.groups()
    try:
        session.require("ecr:GetAuthorizationToken")
    except Refused as error:
        raise CannotStart(f"CannotPullECRContainerError: AccessDeniedException: {error}") from None
    try:
        for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
            session.require(action, f"arn:aws:ecr:{region}:{account}:repository/{name}")
    except Refused as error:
        raise CannotStart(f"CannotPullContainerError: Error response from daemon: denied: {error}") from None


def make_stream(session, group, stream):
    """Makes the log's stream as the role. Raises CannotStart with what CloudWatch Logs says."""
    try:
        session.client("logs").create_log_stream(logGroupName=group, logStreamName=stream)
    except ClientError as error:
        told = error.response["Error"]
        raise no_stream(f"{told['Code']}: {told['Message']}") from None


def no_stream(why):
    """That a container does not start for want of its log."""
    return CannotStart(
        "CannotStartContainerError: Error response from daemon: failed to initialize logging driver: failed to "
        f"create Cloudwatch log stream: {why}"
    )


class Log:
    """Where a container's lines go. Docker drops those that its role may not write, and the container goes on."""

    def __init__(self, backend, group, stream, session):
        self.backend, self.group, self.stream, self.session = backend, group, stream, session
        self._silent = False

    def write(self, milliseconds, line):
        if self._silent:
            return
        try:
            if self.session is not None:
                self.session.require("logs:PutLogEvents", self._arn())
            self.backend.put_log_events(self.group, self.stream, [{"timestamp": milliseconds, "message": line}])
        except Refused:
            self._silent = True
        except Exception:  # the log was deleted: the job goes on without
            pass

    def _arn(self):
        region, account = self.backend.region_name, self.backend.account_id
        return f"arn:aws:logs:{region}:{account}:log-group:{self.group}:log-stream:{self.stream}"
