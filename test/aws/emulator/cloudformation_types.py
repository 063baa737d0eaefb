"""Resource types that moto's CloudFormation lacks: it says CREATE_COMPLETE and makes nothing.

`add_type` teaches it one; the types of this file show how, others stand in files of their own beside it
(cloudformation_*.py). moto finds a type among the subclasses that exist when the first template is parsed.
"""

import json

from moto.core.common_models import CloudFormationModel
from moto.glue.models import glue_backends
from moto.s3.models import s3_backends
from moto.stepfunctions import models as step_functions
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

# A state machine of a stack is made where executions are looked for.
step_functions.stepfunctions_backends = stepfunctions_parser_backends

_kept = []  # moto holds classes by weak reference


def add_type(name, create, *, delete=None, attributes=None):
    """Adds a type.

    name: for example "AWS::S3::BucketPolicy". create(properties, account, region, logical_name) makes the
    resource and returns its physical id; delete(id, account, region) removes it; attributes maps GetAtt names
    to functions of the id.
    """
    readers = attributes or {}
    remove = delete or (lambda physical_id, account, region: None)

    class Resource(CloudFormationModel):
        # moto takes models from its own packages alone.
        __module__ = "moto.emulator.models"

        def __init__(self, physical_id):
            self.physical_id = physical_id

        @property
        def physical_resource_id(self):
            return self.physical_id

        @staticmethod
        def cloudformation_name_type():
            return ""

        @staticmethod
        def cloudformation_type():
            return name

        @classmethod
        def has_cfn_attr(cls, attr):
            return attr in readers

        def get_cfn_attribute(self, attribute_name):
            return readers[attribute_name](self.physical_id)

        @classmethod
        def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **_):
            return cls(create(cloudformation_json["Properties"], account_id, region_name, resource_name))

        @classmethod
        def update_from_cloudformation_json(
            cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name
        ):
            remove(original_resource.physical_id, account_id, region_name)
            return cls(create(cloudformation_json["Properties"], account_id, region_name, new_resource_name))

        @classmethod
        def delete_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name):
            remove(resource_name, account_id, region_name)

    Resource.type = name
    _kept.append(Resource)
    return Resource


def lower_first(value):
    """CloudFormation's names of an API's keys: `DatabaseInput` is `databaseInput` to some services."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: lower_first(inner) for key, inner in value.items()}
    return [lower_first(inner) for inner in value] if isinstance(value, list) else value


def _bucket_policy(properties, account, _region, _name):
    document = json.dumps(properties["PolicyDocument"]).encode()
    s3_backends[account]["aws"].put_bucket_policy(properties["Bucket"], document)
    return properties["Bucket"]


def _glue_database(properties, account, region, _name):
    given = properties["DatabaseInput"]
    glue_backends[account][region].create_database(given["Name"], dict(given))
    return given["Name"]


add_type("AWS::S3::BucketPolicy", _bucket_policy)
add_type(
    "AWS::Glue::Database",
    _glue_database,
    delete=lambda name, account, region: glue_backends[account][region].delete_database(name),
)
