"""Step Functions runs, and its integrations know names: moto took LocalStack's
interpreter without their mapping.

A state machine says `JobName`, boto says `jobName`. moto strips both directions of that mapping, so that
batch:submitJob.sync and most aws-sdk integrations fail on their first call. Both are put back, driven by
botocore's own model of the operation. And an execution without a name gets one.
"""

from uuid import uuid4

import botocore.session
from moto.core.config import default_user_config
from moto.stepfunctions.parser.models import StepFunctionsParserBackend
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)

# Beginnings of error names, `Glue.EntityNotFoundException`, that moto does not know.
ERROR_PREFIXES = {
    "athena": "Athena",
    "batch": "Batch",
    "ecs": "Ecs",
    "glue": "Glue",
    "logs": "CloudWatchLogs",
    "s3": "S3",
    "ssm": "Ssm",
}

# moto's other backend takes state machines and never runs them.
default_user_config["stepfunctions"] = {"execute_state_machine": True}

_start_execution = StepFunctionsParserBackend.start_execution
_session = botocore.session.Session()
_error_prefix = StateTaskServiceAwsSdk._normalise_service_error_name


def operation(task, service, action):
    """botocore's model of the operation that a task calls."""
    wanted = task._get_boto_service_action(action).replace("_", "")
    model = _session.get_service_model(task._get_boto_service_name(service))
    return model.operation_model(next(name for name in model.operation_names if name.lower() == wanted))


def normalise_parameters(self, parameters, boto_service_name=None, service_action_name=None):
    shape = operation(self, boto_service_name, service_action_name).input_shape
    if shape is not None:
        self._to_boto_request(parameters, shape)


def normalise_response(self, response, boto_service_name=None, service_action_name=None):
    shape = operation(self, boto_service_name, service_action_name).output_shape
    if shape is not None:
        self._from_boto_response(response, shape)


def normalise_service_error_name(name):
    return ERROR_PREFIXES.get(name.lower()) or _error_prefix(name)


def start_execution(self, state_machine_arn, name=None, *args, **options):
    return _start_execution(self, state_machine_arn, name or str(uuid4()), *args, **options)


StepFunctionsParserBackend.start_execution = start_execution
StateTaskService._normalise_parameters = normalise_parameters
StateTaskService._normalise_response = normalise_response
StateTaskServiceAwsSdk._normalise_service_error_name = staticmethod(normalise_service_error_name)
