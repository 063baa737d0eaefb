"""What a service does under a role that it was given: moto's services do everything by themselves.

`session_of` takes the role as a service does, where its trust allows that. Calls of the session's clients are then
enforced like anybody's; for what the emulator has no call for, `require` asks the role's policies, resources
included. While rights are not enforced nothing is refused.
"""

import json
import os
import threading
from uuid import uuid4

import boto3
from botocore.config import Config
from moto.iam.access_control import AssumedRoleAccessKey, IAMPolicy, PermissionResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition

from facts import say
from iam_enforcement import denial, enforced

_boto = boto3.session.Session()
_making = threading.Lock()  # boto3 makes clients in one thread at a time


class NotTrusted(Exception):
    """The role's trust policy does not let the service take it, or there is no such role."""


class Refused(Exception):
    """No policy of the role allows an action; says so as AWS does."""


class RoleSession:
    """A session of a role, taken by a service."""

    def __init__(self, taken, region):
        self.arn, self.region = taken.arn, region
        self.keys = {
            "aws_access_key_id": taken.access_key_id,
            "aws_secret_access_key": taken.secret_access_key,
            "aws_session_token": taken.session_token,
        }
        self._key = AssumedRoleAccessKey(
            account_id=taken.account_id, partition=get_partition(region), access_key_id=taken.access_key_id,
            headers={"X-Amz-Security-Token": taken.session_token},
        )

    def client(self, service, **options):
        """boto3's client of the emulator, signed by the role; options are botocore's."""
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, **options)
        with _making:
            return _boto.client(
                service, region_name=self.region, endpoint_url=f"http://127.0.0.1:{os.environ['MOTO_PORT']}",
                config=config, **self.keys,
            )

    def require(self, action, resource="*"):
        """Raises Refused where rights are enforced and the role may not do this."""
        if not enforced():
            return
        answers = [IAMPolicy(policy).is_action_permitted(action, resource) for policy in self._key.collect_policies()]
        if PermissionResult.DENIED in answers or PermissionResult.PERMITTED not in answers:
            say({"refused": action, "by": self.arn})
            raise Refused(denial(self.arn, action, f" on resource: {resource}"))


def session_of(role_arn, service, region, name=None):
    """A session of the role as the service (`glue.amazonaws.com`) has one; raises NotTrusted."""
    account = role_arn.split(":")[4]
    if enforced() and not _trusts(role_arn, service, account):
        raise NotTrusted(role_arn)
    taken = sts_backends[account][get_partition(region)].assume_role(
        region_name=region, role_session_name=name or uuid4().hex, role_arn=role_arn,
        policy="", duration=3600, external_id="",
    )
    return RoleSession(taken, region)


def _trusts(role_arn, service, account):
    try:
        role = iam_backends[account]["aws"].get_role_by_arn(role_arn)
    except NotFoundException:
        return False
    allowed = False
    for statement in _listed(json.loads(role.assume_role_policy_document)["Statement"]):
        principal = statement.get("Principal", {})
        services = _listed(principal.get("Service", [])) if isinstance(principal, dict) else [principal]
        if "sts:AssumeRole" not in _listed(statement["Action"]) or not {service, "*"} & set(services):
            continue
        # The one condition that this account's services meet; any other is not met.
        asked = {
            name: _listed(value) for names in statement.get("Condition", {}).values() for name, value in names.items()
        }
        if any(name != "aws:SourceAccount" or account not in values for name, values in asked.items()):
            continue
        if statement["Effect"] == "Deny":
            return False
        allowed = True
    return allowed


def _listed(value):
    return value if isinstance(value, list) else [value]
