"""A one-time schedule, `at(2026-12-01T06:00:00)`, goes off and starts its target as its role: moto's never do.

Others do not: a test that wants to see a monthly schedule's target started gives it a time. The target is a state
machine. As on AWS nobody is told of a start that is refused; the role must trust the service when the schedule is made.
"""

import datetime
import threading

from botocore.exceptions import ClientError
from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule

from iam_enforcement import enforced
from service_roles import NotTrusted, session_of

SERVICE = "scheduler.amazonaws.com"

_create = EventBridgeSchedulerBackend.create_schedule
_update = EventBridgeSchedulerBackend.update_schedule


def create_schedule(self, **options):
    _check_trust(self, options["target"])
    schedule = _create(self, **options)
    _set_off(schedule, self.region_name)
    return schedule


def update_schedule(self, **options):
    _check_trust(self, options["target"])
    schedule = _update(self, **options)
    _set_off(schedule, self.region_name)
    return schedule


def _check_trust(backend, target):
    if not enforced():
        return
    try:
        session_of(target["RoleArn"], SERVICE, backend.region_name)
    except NotTrusted:
        raise ValidationException(
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
        ) from None


def _set_off(schedule: Schedule, region):
    if schedule.state != "ENABLED" or not schedule.schedule_expression.startswith("at("):
        return
    time = datetime.datetime.fromisoformat(schedule.schedule_expression[3:-1]).replace(tzinfo=datetime.timezone.utc)
    seconds = (time - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
    timer = threading.Timer(max(seconds, 0), _start, (dict(schedule.target), region))
    timer.daemon = True
    timer.start()


def _start(target, region):
    try:
        states = session_of(target["RoleArn"], SERVICE, region).client("stepfunctions")
        states.start_execution(stateMachineArn=target["Arn"], input=target.get("Input", "{}"))
    except (ClientError, NotTrusted):
        pass


EventBridgeSchedulerBackend.create_schedule = create_schedule
EventBridgeSchedulerBackend.update_schedule = update_schedule
