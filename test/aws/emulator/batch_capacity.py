"""Who may start: moto starts everything at once; here a queue's machines have so many vCPUs and so much memory.

A job waits in RUNNABLE while its queue's compute environments are full. One that can never start says why, as
Batch does at the head of a blocked queue. A test can take a machine away by tagging a compute environment:
`emulator:runnable-reason` keeps jobs in RUNNABLE with that reason, `emulator:invalid-reason` makes it INVALID.
"""

import threading
from contextlib import contextmanager

from moto.ec2.models.instance_types import INSTANCE_TYPES

from batch_instance_role import joins

RUNNABLE_TAG = "emulator:runnable-reason"
INVALID_TAG = "emulator:invalid-reason"

_changed = threading.Condition()
_in_use: dict[str, float] = {}


@contextmanager
def machine_for(job):
    """Waits for room for the job, says meanwhile why it waits, and gives the room back afterwards."""
    queue, vcpus = job.job_queue, float(job._get_container_property("vcpus", 1))
    with _changed:
        while not job.stop:
            reason = blocked_reason(job, vcpus)
            if reason is None and _in_use.get(queue.arn, 0) + vcpus <= _vcpus_of(queue) and _has_machine(job):
                break
            job.runnable_reason = reason
            _changed.wait(0.1)
        job.runnable_reason = None
        _in_use[queue.arn] = _in_use.get(queue.arn, 0) + vcpus
    try:
        yield
    finally:
        with _changed:
            _in_use[queue.arn] -= vcpus
            _changed.notify_all()


def blocked_reason(job, vcpus):
    """Why no machine of the queue can ever take the job; None when one can."""
    usable = []
    for environment in job.job_queue.environments:
        tags = job.backend.list_tags_for_resource(environment.arn)
        if INVALID_TAG in tags:
            return f"ACTION_REQUIRED - CE(s) associated with the job queue are invalid: {tags[INVALID_TAG]}"
        if RUNNABLE_TAG in tags:
            return tags[RUNNABLE_TAG]
        if environment.state == "ENABLED":
            usable.append(environment)
    if not usable:
        return "UNDETERMINED - The job queue is blocked and no reason could be found."
    if all(_max_vcpus(environment) < vcpus for environment in usable):
        return (
            "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - The maxvCpus of the CE(s) associated with the "
            "job queue is lower than the job needs."
        )
    memory = int(job._get_container_property("memory", 512))
    if all(_max_memory(environment) < memory for environment in usable):
        return (
            "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is "
            "higher than that can be met by the CE(s) attached to the job queue."
        )
    return None


def _has_machine(job):
    account, region = job.backend.account_id, job.backend.region_name
    return any(joins(environment, account, region) for environment in job.job_queue.environments)


def _vcpus_of(queue):
    return sum(_max_vcpus(each) for each in queue.environments if each.state == "ENABLED")


def _max_vcpus(environment):
    return int((environment.compute_resources or {}).get("maxvCpus", 256))


def _max_memory(environment):
    """MiB of the biggest machine; one named by family or `optimal` is taken to be big enough."""
    names = (environment.compute_resources or {}).get("instanceTypes") or ["optimal"]
    sizes = [INSTANCE_TYPES[name]["MemoryInfo"]["SizeInMiB"] if name in INSTANCE_TYPES else 1 << 30 for name in names]
    return max(sizes)
