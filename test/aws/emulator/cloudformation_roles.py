"""Documents of a stack's roles are JSON: moto keeps them as Python's own, which neither it nor anybody can read."""

import json

from moto.iam.models import Role

_create = Role.create_from_cloudformation_json.__func__


def text(document):
    return document if isinstance(document, str) else json.dumps(document)


def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **options):
    properties = dict(cloudformation_json["Properties"])
    properties["AssumeRolePolicyDocument"] = text(properties["AssumeRolePolicyDocument"])
    properties["Policies"] = [
        {**policy, "PolicyDocument": text(policy["PolicyDocument"])} for policy in properties.get("Policies", [])
    ]
    return _create(
        cls, resource_name, {**cloudformation_json, "Properties": properties}, account_id, region_name, **options
    )


Role.create_from_cloudformation_json = classmethod(create_from_cloudformation_json)
