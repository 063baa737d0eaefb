"""Databases of a template as RDS makes them: a password that RDS keeps in Secrets Manager, PostgreSQL's own port,
the security groups that are named."""

from moto.rds.models import DBInstance, MasterUserSecret

from cloudformation_stack import add_attribute

_make = DBInstance.create_from_cloudformation_json.__func__


def make(cls, resource_name, cloudformation_json, account_id, region_name, **options):
    properties = cloudformation_json["Properties"]
    if properties.get("Engine") == "postgres":
        properties.setdefault("Port", 5432)
    # CloudFormation spells it so; moto looks for another spelling, finds nothing and takes the default group.
    properties.setdefault("VpcSecurityGroupIds", properties.get("VPCSecurityGroups", []))
    database = _make(cls, resource_name, cloudformation_json, account_id, region_name, **options)
    if str(properties.get("ManageMasterUserPassword")).lower() == "true":
        database.manage_master_user_password = True
        database.master_user_secret = MasterUserSecret(database, None)
    database.enable_iam_database_authentication = properties.get("EnableIAMDatabaseAuthentication", False)
    return database


DBInstance.create_from_cloudformation_json = classmethod(make)
add_attribute(DBInstance, "MasterUserSecret.SecretArn", lambda database: database.master_user_secret.secret_arn)
