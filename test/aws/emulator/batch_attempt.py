"""One attempt of a Batch job as a process of this machine, in place of a container.

The command is the container's: what stands in the job (or its definition), behind the entry point of its image.
Entry points come from EMULATOR_ENTRYPOINTS, JSON of image patterns to commands. The process gets what a
container gets and nothing of the emulator's own credentials: the job's environment, Batch's variables, and the
job role's temporary credentials when the definition names a role. What comes before it, ECS does under the execution
role (batch_execution_role).
"""

import fnmatch
import json
import os
import signal
import subprocess
import threading
import time
from uuid import uuid4

from moto.logs.models import LogsBackend

from batch_execution_role import CannotStart, Log, execution_session, make_stream, no_stream, pull, session_for
from facts import say

ENTRYPOINTS = json.loads(os.environ.get("EMULATOR_ENTRYPOINTS", "{}"))
# A container gets SIGTERM, then 30 seconds; a test need not wait so long.
STOP_GRACE_SECONDS = float(os.environ.get("EMULATOR_STOP_GRACE_SECONDS", "5"))
# Batch takes no time-out under 60 s; a test says 60 and gets 60 times this.
TIMEOUT_SCALE = float(os.environ.get("EMULATOR_TIMEOUT_SCALE", "1"))
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "BISONFLOW_CACHE")
RECLAIMED = "Host EC2 (instance i-0123456789abcdef0) terminated."

_alive: set[subprocess.Popen] = set()


def kill_all():
    """Ends every process that still runs, with its children."""
    for process in list(_alive):
        _signal(process, signal.SIGKILL)
        process.wait(5)


def run_attempt(job, number):
    """Runs the job's command to its end; returns what DescribeJobs says of an attempt."""
    started = _now()
    container = {
        "containerInstanceArn": "arn:aws:ecs:us-east-1:123456789012:container-instance/emulator",
        "taskArn": f"arn:aws:ecs:us-east-1:123456789012:task/{uuid4().hex}",
        "networkInterfaces": [],
    }
    attempt = {"container": container, "startedAt": started, "statusReason": ""}
    try:
        session = execution_session(job)
        pull(session, job.job_definition.container_properties.get("image", ""))
        logs = _open_log(job, session)
        container["logStreamName"] = job.log_stream_name = logs.stream
        process = subprocess.Popen(
            _command(job), env=_environment(job, number), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
        )
    except CannotStart as reason:
        container["reason"] = str(reason)
        attempt["statusReason"] = "Task failed to start"
        attempt["stoppedAt"] = _now()
        return attempt
    except OSError as error:
        attempt["statusReason"] = f"CannotStartContainerError: {error}"
        attempt["stoppedAt"] = _now()
        return attempt
    _alive.add(process)
    fact = {"job": job.job_id, "name": job.job_name, "attempt": number, "pid": process.pid}
    say({**fact, "spoke": False})
    follower = threading.Thread(target=_follow, args=(process, logs, fact), daemon=True)
    follower.start()
    late = _wait(job, process)
    code = process.wait()
    _signal(process, signal.SIGKILL)  # a container's other processes end with its first
    follower.join(5)
    _alive.discard(process)
    attempt["stoppedAt"] = _now()
    if late:
        attempt["statusReason"] = "Job attempt duration exceeded timeout"
        container["exitCode"] = 137
    elif job.stop and code < 0:
        container["exitCode"] = 128 - code
        attempt["statusReason"] = job.job_stopped_reason or "Essential container in task exited"
    elif code == -signal.SIGKILL:
        # Nobody here ended it: to Batch, its machine went away.
        attempt["statusReason"] = RECLAIMED
    else:
        container["exitCode"] = code if code >= 0 else 128 - code
        attempt["statusReason"] = "Essential container in task exited"
    return attempt


def _wait(job, process):
    seconds = job._get_attempt_duration()
    end = time.monotonic() + seconds * TIMEOUT_SCALE if seconds else float("inf")
    while process.poll() is None:
        late = time.monotonic() > end
        if job.stop or late:
            _stop(process)
            return late
        time.sleep(0.02)
    return False


def _stop(process):
    process.terminate()  # the container's first process alone gets it
    try:
        process.wait(STOP_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _signal(process, signal.SIGKILL)


def _signal(process, which):
    try:
        os.killpg(process.pid, which)
    except ProcessLookupError:
        pass


def _command(job):
    image = job.job_definition.container_properties.get("image", "")
    entry = next((words for pattern, words in ENTRYPOINTS.items() if fnmatch.fnmatch(image, pattern)), [])
    return [*entry, *job._add_parameters_to_command(job._get_container_property("command", []))]


def _environment(job, number):
    variables = {name: os.environ[name] for name in INHERITED if name in os.environ}
    variables |= {
        "AWS_REGION": job.backend.region_name,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{os.environ['MOTO_PORT']}",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    variables |= _role_credentials(job)
    variables |= {each["name"]: each["value"] for each in job._get_container_property("environment", [])}
    variables |= {
        "AWS_BATCH_JOB_ID": job.job_id,
        "AWS_BATCH_JOB_ATTEMPT": str(number),
        "AWS_BATCH_JQ_NAME": job.job_queue.name,
    }
    if "index" in job.array_properties:
        variables["AWS_BATCH_JOB_ARRAY_INDEX"] = str(job.array_properties["index"])
    return variables


def _role_credentials(job):
    arn = job.job_definition.container_properties.get("jobRoleArn")
    if not arn:
        return {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    return {name.upper(): value for name, value in session_for(arn, job.backend.region_name).keys.items()}


def _open_log(job, session):
    """The job's log. A group that is named must exist: only the default makes itself."""
    backend: LogsBackend = job._log_backend
    options = (job.job_definition.container_properties.get("logConfiguration") or {}).get("options") or {}
    group = options.get("awslogs-group", "/aws/batch/job")
    if group == "/aws/batch/job":
        backend.ensure_log_group(group)
    elif group not in backend.groups:
        raise no_stream("ResourceNotFoundException: The specified log group does not exist.")
    prefix = options.get("awslogs-stream-prefix", job.job_definition.name)
    stream = f"{prefix}/default/{uuid4().hex}"
    if session is None:
        backend.create_log_stream(group, stream)
    else:
        make_stream(session, group, stream)
    return Log(backend, group, stream, session)


def _follow(process, logs, fact):
    """Copies lines to the log as they come, so that whoever follows the log sees the job at work."""
    spoke = False
    for line in process.stdout:
        if not spoke:
            spoke = True
            say({**fact, "spoke": True})
        logs.write(_now(), line.rstrip("\n"))


def _now():
    return int(time.time() * 1000)
