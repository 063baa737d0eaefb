"""The resource types of bisonflow's own stack, as far as moto's services have what they make.

- AWS::EC2::SecurityGroupEgress, AWS::Glue::Connection, AWS::Glue::Crawler, AWS::SNS::TopicPolicy,
  AWS::SNS::Subscription, AWS::Budgets::Budget, AWS::Scheduler::Schedule are made.
- A bucket of a template gets its lifecycle and its public access block.
- A compute environment needs no service role; a state machine's substitutions are filled in, and it has its log; a
  repository's made-up name is in lower case.

"""

import json
import re

from moto.batch.models import ComputeEnvironment, JobDefinition, JobQueue, batch_backends
from moto.budgets.models import budgets_backends
from moto.ec2.models import ec2_backends
from moto.ec2.models.internet_gateways import InternetGateway
from moto.ec2.models.route_tables import RouteTable
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ecr.models import Repository
from moto.glue.models import glue_backends
from moto.iam.models import ManagedPolicy, iam_backends
from moto.s3.models import FakeBucket, s3_backends
from moto.scheduler.models import scheduler_backends
from moto.sns.models import sns_backends
from moto.stepfunctions.models import StateMachine
from moto.utilities.utils import get_partition

from cloudformation_types import add_type, lower_first


def _egress(properties, account, region, _name):
    ec2_backends[account][region].authorize_security_group_egress(
        group_name_or_id=properties["GroupId"],
        ip_protocol=properties["IpProtocol"],
        from_port=str(properties["FromPort"]),
        to_port=str(properties["ToPort"]),
        ip_ranges=[],
        source_groups=[{"GroupId": properties["DestinationSecurityGroupId"]}],
    )
    return f"{properties['GroupId']}|egress|{properties['DestinationSecurityGroupId']}"


def _connection(properties, account, region, _name):
    given = properties["ConnectionInput"]
    glue_backends[account][region].create_connection(
        catalog_id=properties["CatalogId"], connection_input=dict(given), tags=properties.get("Tags", {})
    )
    return given["Name"]


def _crawler(properties, account, region, name):
    glue_backends[account][region].create_crawler(
        name=properties.get("Name", name),
        role=properties["Role"],
        database_name=properties["DatabaseName"],
        description=properties.get("Description", ""),
        targets=properties["Targets"],
        schedule=properties.get("Schedule", {}).get("ScheduleExpression"),
        classifiers=properties.get("Classifiers", []),
        table_prefix=properties.get("TablePrefix"),
        schema_change_policy=properties.get("SchemaChangePolicy"),
        recrawl_policy=properties.get("RecrawlPolicy"),
        lineage_configuration=None,
        configuration=properties.get("Configuration"),
        crawler_security_configuration=None,
        tags=properties.get("Tags", {}),
    )
    return properties.get("Name", name)


def _topic_policy(properties, account, region, name):
    for topic in properties["Topics"]:
        sns_backends[account][region].set_topic_attribute(topic, "_policy_json", properties["PolicyDocument"])
    return name


def _subscription(properties, account, region, _name):
    made = sns_backends[account][region].subscribe(
        properties["TopicArn"], properties["Endpoint"], properties["Protocol"]
    )
    return made.arn


def _budget(properties, account, _region, _name):
    backend = budgets_backends[account]["aws"]
    backend.create_budget(account, dict(properties["Budget"]), properties.get("NotificationsWithSubscribers", []))
    return properties["Budget"]["BudgetName"]


def _schedule(properties, account, region, name):
    scheduler_backends[account][region].create_schedule(
        description=properties.get("Description", ""),
        end_date=None,
        flexible_time_window=properties["FlexibleTimeWindow"],
        group_name="default",
        kms_key_arn=None,
        name=name,
        schedule_expression=properties["ScheduleExpression"],
        schedule_expression_timezone=properties.get("ScheduleExpressionTimezone", "UTC"),
        start_date=None,
        state=properties.get("State", "ENABLED"),
        target=properties["Target"],
        action_after_completion=None,
    )
    return name


add_type("AWS::EC2::SecurityGroupEgress", _egress)
add_type(
    "AWS::Glue::Connection",
    _connection,
    delete=lambda name, account, region: glue_backends[account][region].connections.pop(name, None),
)
add_type(
    "AWS::Glue::Crawler",
    _crawler,
    delete=lambda name, account, region: glue_backends[account][region].delete_crawler(name),
)
add_type("AWS::SNS::TopicPolicy", _topic_policy)
add_type(
    "AWS::SNS::Subscription",
    _subscription,
    delete=lambda arn, account, region: sns_backends[account][region].unsubscribe(arn),
)
add_type(
    "AWS::Budgets::Budget",
    _budget,
    delete=lambda name, account, region: budgets_backends[account]["aws"].delete_budget(account, name),
)
add_type(
    "AWS::Scheduler::Schedule",
    _schedule,
    delete=lambda name, account, region: scheduler_backends[account][region].delete_schedule("default", name),
)

# What moto's own types leave out or want too much.


def add_attribute(model, name, read):
    """Lets Fn::GetAtt read an attribute that moto's model does not know."""
    knows, get = model.has_cfn_attr.__func__, model.get_cfn_attribute
    model.has_cfn_attr = classmethod(lambda cls, attr: attr == name or knows(cls, attr))
    model.get_cfn_attribute = lambda self, attr: read(self) if attr == name else get(self, attr)


add_attribute(Subnet, "AvailabilityZone", lambda subnet: subnet.availability_zone)

_make_bucket = FakeBucket.create_from_cloudformation_json.__func__
_make_environment = ComputeEnvironment.create_from_cloudformation_json.__func__
_make_repository = Repository.create_from_cloudformation_json.__func__
_make_machine = StateMachine.create_from_cloudformation_json.__func__
_update_machine = StateMachine.update_from_cloudformation_json.__func__


def make_bucket(cls, resource_name, cloudformation_json, account_id, region_name, **options):
    bucket = _make_bucket(cls, resource_name, cloudformation_json, account_id, region_name, **options)
    backend = s3_backends[account_id][get_partition(region_name)]
    properties = cloudformation_json.get("Properties", {})
    block = properties.get("PublicAccessBlockConfiguration")
    if block:
        backend.put_public_access_block(bucket.name, {key: str(value).lower() for key, value in block.items()})
    rules = properties.get("LifecycleConfiguration", {}).get("Rules", [])
    if rules:
        backend.put_bucket_lifecycle_configuration(bucket.name, [_lifecycle_rule(rule) for rule in rules])
    return bucket


def _lifecycle_rule(rule):
    made = {"ID": rule.get("Id"), "Filter": {"Prefix": rule.get("Prefix", "")}, "Status": rule["Status"]}
    if "ExpirationInDays" in rule:
        made["Expiration"] = {"Days": str(rule["ExpirationInDays"])}
    if "AbortIncompleteMultipartUpload" in rule:
        days = rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        made["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": str(days)}
    return made


def make_environment(cls, resource_name, cloudformation_json, account_id, region_name, **options):
    cloudformation_json["Properties"].setdefault("ServiceRole", None)
    return _make_environment(cls, resource_name, cloudformation_json, account_id, region_name, **options)


def make_repository(cls, resource_name, cloudformation_json, account_id, region_name, **options):
    return _make_repository(cls, resource_name.lower(), cloudformation_json, account_id, region_name, **options)


def _filled(cloudformation_json):
    """The definition with its substitutions put in."""
    properties = cloudformation_json["Properties"]
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        properties["DefinitionString"] = properties["DefinitionString"].replace("${%s}" % name, str(value))
    return cloudformation_json


def _log(machine, cloudformation_json):
    """The log of executions, which moto's CloudFormation leaves out."""
    logging = cloudformation_json["Properties"].get("LoggingConfiguration")
    if logging:
        machine.backend.update_state_machine(machine.arn, logging_configuration=lower_first(logging))
    return machine


def make_machine(cls, resource_name, cloudformation_json, account_id, region_name, **options):
    machine = _make_machine(cls, resource_name, _filled(cloudformation_json), account_id, region_name, **options)
    try:
        return _log(machine, cloudformation_json)
    except Exception:
        machine.backend.delete_state_machine(machine.arn)
        raise


def update_machine(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    machine = _update_machine(
        cls, original_resource, new_resource_name, _filled(cloudformation_json), account_id, region_name
    )
    return _log(machine, cloudformation_json)


FakeBucket.create_from_cloudformation_json = classmethod(make_bucket)
ComputeEnvironment.create_from_cloudformation_json = classmethod(make_environment)
Repository.create_from_cloudformation_json = classmethod(make_repository)
StateMachine.create_from_cloudformation_json = classmethod(make_machine)
StateMachine.update_from_cloudformation_json = classmethod(update_machine)


# What moto leaves behind when a stack is removed, so that nothing else of it could be.


def _delete_route_table(table, account, region):
    backend = ec2_backends[account][region]
    table._associations.clear()
    backend.route_tables.pop(table.id, None)


def _delete_gateway(gateway, account, region):
    gateway.vpc = None
    ec2_backends[account][region].internet_gateways.pop(gateway.id, None)


def _delete_endpoint(endpoint, account, region):
    ec2_backends[account][region].vpc_end_points.pop(endpoint.id, None)


def _delete_queue(queue, account, region):
    batch_backends[account][region]._job_queues.pop(queue.arn, None)


def _delete_environment(environment, account, region):
    batch_backends[account][region]._compute_environments.pop(environment.arn, None)


def _deregister(definition, account, region):
    batch_backends[account][region].deregister_job_definition(definition.arn)


def _delete_policy(policy, account, region):
    backend = iam_backends[account][get_partition(region)]
    for holder in (backend.roles, backend.users, backend.groups):
        for each in holder.values():
            each.managed_policies.pop(policy.arn, None)
    backend.managed_policies.pop(policy.arn, None)


RouteTable.delete = _delete_route_table
InternetGateway.delete = _delete_gateway
VPCEndPoint.delete = _delete_endpoint
JobQueue.delete = _delete_queue
ComputeEnvironment.delete = _delete_environment
JobDefinition.delete = _deregister
ManagedPolicy.delete = _delete_policy
