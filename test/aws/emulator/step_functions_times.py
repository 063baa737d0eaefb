"""Answers of integrations hold times as text, as Step Functions has them; moto keeps Python's own, which is no JSON."""

from datetime import datetime

import step_functions_parameters  # noqa: F401  (before this: both wrap the same)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService

_normalise = StateTaskService._normalise_response


def text_times(value):
    if isinstance(value, dict):
        return {key: text_times(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [text_times(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value


def normalise_response(self, response, *args, **options):
    _normalise(self, response, *args, **options)
    if isinstance(response, dict):
        for key in list(response):
            response[key] = text_times(response[key])


StateTaskService._normalise_response = normalise_response
