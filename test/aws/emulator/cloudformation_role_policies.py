"""Roles of a template get the managed policies that it names, as far as the emulator has them, and lose them first.

AWS's own are there when it is started with MOTO_IAM_LOAD_MANAGED_POLICIES=true.
"""

from moto.iam.models import Role, iam_backends
from moto.utilities.utils import get_partition

import cloudformation_roles  # noqa: F401  (before this: both wrap the same)

_create = Role.create_from_cloudformation_json.__func__
_delete = Role.delete_from_cloudformation_json.__func__


def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **options):
    role = _create(cls, resource_name, cloudformation_json, account_id, region_name, **options)
    backend = iam_backends[account_id][get_partition(region_name)]
    for arn in cloudformation_json["Properties"].get("ManagedPolicyArns", []):
        if arn in backend.managed_policies:
            backend.attach_role_policy(arn, role.name)
    return role


def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
    backend = iam_backends[account_id][get_partition(region_name)]
    role = backend.roles.get(resource_name) or next(one for one in backend.roles.values() if one.name == resource_name)
    for arn in list(role.managed_policies):
        backend.detach_role_policy(arn, role.name)
    _delete(cls, resource_name, cloudformation_json, account_id, region_name)


Role.delete_from_cloudformation_json = classmethod(delete_from_cloudformation_json)
Role.create_from_cloudformation_json = classmethod(create_from_cloudformation_json)
