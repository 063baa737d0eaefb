"""A state machine acts under its own role: moto's acts under nobody's, so that nothing works once rights are enforced.

- Calls of integrations are signed by a session of the role.
- When a machine is made or changed, its role is asked for what Step Functions then asks it for, in AWS's words: the
  rule that tells of ended jobs, for `.sync` on Batch, and the delivery of the execution's log.
- An execution that is stopped ends the job that it waits for, if its role may.
- Errors have a request's id, which moto's causes quote and moto's own services leave out; of Batch they are named as
  Step Functions names them.
"""

import json
import sys
from uuid import uuid4

from botocore.exceptions import ClientError
from moto.core.exceptions import AWSError
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_batch import (
    StateTaskServiceBatch,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_factory
from moto.stepfunctions.parser.asl.utils import boto_client
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from iam_enforcement import enforced
from service_roles import NotTrusted, Refused, session_of

SERVICE = "states.amazonaws.com"
# What AWS's documents ask for; how much of it is looked at, and in which order, they do not say.
MANAGED_RULE = ("events:PutTargets", "events:PutRule", "events:DescribeRule")
LOG_DELIVERY = (
    "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
)
BATCH_RULE = "StepFunctionsGetEventsForBatchJobsRule"
# Exceptions that Batch's model has; any other is Step Functions' AWSBatchException.
BATCH_ERRORS = {"ClientException", "ServerException"}

_client_for = boto_client.boto_client_for
_create = StepFunctionsParserBackend.create_state_machine
_update = StepFunctionsParserBackend.update_state_machine
_build_resolver = StateTaskServiceBatch._build_sync_resolver
_eval_sync = StateTaskServiceBatch._eval_sync
_from_error = StateTaskServiceBatch._from_error


class AccessDenied(AWSError):
    TYPE = "AccessDeniedException"
    STATUS = 400


def client_for(region, service, state_credentials=None):
    if enforced() and state_credentials is not None:
        session = session_of(state_credentials.role_arn, SERVICE, region)
        client = session.client(service, parameter_validation=False)
    else:
        client = _client_for(region, service, state_credentials)
    client.meta.events.register("after-call", _give_id)
    return client


def _give_id(parsed, **_):
    parsed.setdefault("ResponseMetadata", {}).setdefault("RequestId", str(uuid4()))


def create_state_machine(self, name, definition, roleArn, **options):
    _ask_role(self, roleArn, definition, options.get("loggingConfiguration"))
    return _create(self, name=name, definition=definition, roleArn=roleArn, **options)


def update_state_machine(self, arn, definition=None, role_arn=None, **options):
    machine = self.describe_state_machine(arn)
    logging = options.get("logging_configuration") or machine.loggingConfiguration
    _ask_role(self, role_arn or machine.roleArn, definition or machine.definition, logging)
    return _update(self, arn, definition=definition, role_arn=role_arn, **options)


def _ask_role(backend, role_arn, definition, logging):
    if not enforced():
        return
    try:
        session = session_of(role_arn, SERVICE, backend.region_name)
    except NotTrusted:
        raise AccessDenied(
            f"Neither the global service principal {SERVICE}, nor the regional one is authorized to assume the "
            "provided role."
        ) from None
    resources = {state.get("Resource") for state in json.loads(definition)["States"].values()}
    if "arn:aws:states:::batch:submitJob.sync" in resources:
        rule = f"arn:aws:events:{backend.region_name}:{backend.account_id}:rule/{BATCH_RULE}"
        _ask(session, MANAGED_RULE, rule, f"'{role_arn}' is not authorized to create managed-rule.")
    if logging and logging.get("level", "OFF") != "OFF":
        _ask(session, LOG_DELIVERY, "*", "The state machine IAM Role is not authorized to access the Log Destination")


def _ask(session, actions, resource, words):
    for action in actions:
        try:
            session.require(action, resource)
        except Refused:
            raise AccessDenied(words) from None


def build_sync_resolver(self, env, resource_runtime_part, normalised_parameters, state_credentials):
    job = env.stack[-1]["JobId"]
    resolver = _build_resolver(self, env, resource_runtime_part, normalised_parameters, state_credentials)

    def end():
        try:
            batch = boto_client.boto_client_for(resource_runtime_part.region, "batch", state_credentials)
            batch.terminate_job(jobId=job, reason="The execution was stopped.")
        except ClientError:  # the execution is aborted all the same; iam_enforcement has told of it
            pass

    resolver.end = end
    return resolver


def eval_sync(self, env, sync_resolver, *args, **options):
    outcome = _eval_sync(self, env, sync_resolver, *args, **options)
    if outcome is None and not env.is_running():
        sync_resolver.end()
    return outcome


def from_error(self, env, ex):
    event = _from_error(self, env, ex)
    if isinstance(ex, ClientError) and ex.response["Error"]["Code"] not in BATCH_ERRORS:
        name = "Batch.AWSBatchException"
        event.error_name = CustomErrorName(name)
        event.event_details["taskFailedEventDetails"]["error"] = name
    return event


boto_client.boto_client_for = client_for
for module in list(sys.modules.values()):
    # moto's tasks have imported it by name.
    if module.__name__.startswith("moto.stepfunctions.parser.") and hasattr(module, "boto_client_for"):
        module.boto_client_for = client_for
StepFunctionsParserBackend.create_state_machine = create_state_machine
StepFunctionsParserBackend.update_state_machine = update_state_machine
StateTaskServiceBatch._build_sync_resolver = build_sync_resolver
StateTaskServiceBatch._eval_sync = eval_sync
StateTaskServiceBatch._from_error = from_error
