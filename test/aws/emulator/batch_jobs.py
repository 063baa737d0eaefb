"""Batch jobs that run: moto wants Docker for them, or makes every job a success without running it.

A job goes the way of Batch: SUBMITTED, PENDING until its dependencies are done (N_TO_N and SEQUENTIAL too),
RUNNABLE until there is a machine, then attempts until one succeeds or the retry strategy says stop. An array's
parent is PENDING until all its children have ended, and fails when one of them did.
"""

import contextvars
import copy
import datetime
import fnmatch
import time

from moto.batch import models
from moto.batch.utils import JobStatus
from moto.moto_api._internal.managed_state_model import ManagedState

from batch_attempt import run_attempt
from batch_capacity import machine_for

# What SubmitJob's caller asked for; moto does not pass it on to the job.
retry_strategy = contextvars.ContextVar("retry_strategy", default=None)

ENDED = (JobStatus.SUCCEEDED, JobStatus.FAILED)


class ProcessJob(models.Job):
    """moto's job with its own life; array parents are jobs too, without a process."""

    # moto sorts models by the package that they say they are of.
    __module__ = models.Job.__module__

    def __init__(self, *args, **options):
        # moto gives all children of an array one list and appends to it.
        options["container_overrides"] = copy.deepcopy(options.get("container_overrides"))
        super().__init__(*args, **options)
        self.retry = retry_strategy.get() or self.job_definition.retry_strategy or {}
        self.runnable_reason = None

    @property
    def is_array(self):
        return "size" in (self.array_properties or {})

    @property
    def status(self):
        if not self.is_array:
            return ManagedState.status.fget(self)
        states = [child.status for child in self._child_jobs or []]
        if not states or any(state not in ENDED for state in states):
            return JobStatus.PENDING.value
        self.job_stopped = True
        self.job_stopped_at = max(child.job_stopped_at for child in self._child_jobs)
        return (JobStatus.FAILED if JobStatus.FAILED in states else JobStatus.SUCCEEDED).value

    @status.setter
    def status(self, value):
        self._status = value

    def run(self):
        succeeded = False
        try:
            if self._dependencies_are_done():
                self._walk_to(JobStatus.RUNNABLE)
                succeeded = self._attempts()
        except Exception as error:  # the emulator's own fault must not look like a job that hangs
            self.job_stopped_reason = f"CannotStartContainerError: {error!r}"
        self._mark_stopped(success=succeeded and not self.stop)

    def _attempts(self):
        number = 0
        while not self.stop:
            with machine_for(self):
                if self.stop:
                    break
                self._walk_to(JobStatus.RUNNING)
                number += 1
                self.job_started_at = datetime.datetime.now()
                self.latest_attempt = None
                self.latest_attempt = attempt = run_attempt(self, number)
                self.attempts.append(attempt)
            self.exit_code = attempt["container"].get("exitCode")
            if self.exit_code == 0:
                return True
            if not self._tries_again(number, attempt):
                break
            self.status = JobStatus.RUNNABLE.value
        return False

    def _tries_again(self, number, attempt):
        """The rules of evaluateOnExit in their order; where none matches, Batch tries again."""
        timed_out = "exceeded timeout" in attempt["statusReason"]
        if self.stop or timed_out or number >= int(self.retry.get("attempts") or 1):
            return False
        container = attempt["container"]
        seen = {
            "onStatusReason": attempt["statusReason"],
            "onReason": container.get("reason", ""),
            "onExitCode": str(container.get("exitCode", "")),
        }
        for rule in self.retry.get("evaluateOnExit") or []:
            if all(fnmatch.fnmatchcase(seen[key], rule[key]) for key in seen if key in rule):
                return rule["action"].upper() == "RETRY"
        return True

    def _walk_to(self, goal):
        """Through the states before `goal`, paced by moto's transition settings."""
        for state in (JobStatus.SUBMITTED, JobStatus.PENDING, JobStatus.RUNNABLE, JobStatus.STARTING):
            if state == goal:
                return
            if self.status == state:
                self.advance()
            while self.status == state:
                time.sleep(0.02)

    def _dependencies_are_done(self):
        index, names = self.array_properties.get("index"), []
        for dependency in self.depends_on or []:
            if "jobId" not in dependency:
                if index:  # SEQUENTIAL: the child before this one
                    names.append(f"{self.job_id.split(':')[0]}:{index - 1}")
            elif dependency.get("type") == "N_TO_N":
                names.append(f"{dependency['jobId']}:{index}")
            else:
                names.append(dependency["jobId"])
        while not self.stop:
            states = [self.all_jobs[name].status for name in names if name in self.all_jobs]
            if JobStatus.FAILED in states:
                self.job_stopped_reason = "Dependent Job failed"
                return False
            if len(states) == len(names) and all(state == JobStatus.SUCCEEDED for state in states):
                return True
            time.sleep(0.05)
        return False

    def describe_short(self):
        result = super().describe_short()
        result.setdefault("statusReason", self.runnable_reason or (self.latest_attempt or {}).get("statusReason", ""))
        if not result["statusReason"]:
            del result["statusReason"]
        if "index" in self.array_properties:
            result["arrayProperties"] = {"index": self.array_properties["index"]}
        elif self.is_array:
            result["arrayProperties"] = {"size": self.array_properties["size"]}
        if self.job_started_at.year == 1970:
            result.pop("startedAt", None)
        return result

    def describe(self):
        result = super().describe()
        result.update(status=self.status, retryStrategy=self.retry, attempts=copy.deepcopy(self.attempts))
        if "index" in self.array_properties:
            result["arrayProperties"] = {"index": self.array_properties["index"]}
        container = result.setdefault("container", {})
        container["resourceRequirements"] = self._resource_requirements()
        if self.exit_code is not None:
            container["exitCode"] = self.exit_code
        reason = (self.latest_attempt or {}).get("container", {}).get("reason")
        if reason:
            container["reason"] = reason
        return result

    def _resource_requirements(self):
        needs = {each["type"]: each["value"] for each in self.job_definition.container_properties["resourceRequirements"]}
        needs |= {each["type"]: each["value"] for each in self.container_overrides.get("resourceRequirements") or []}
        return [{"type": name, "value": value} for name, value in needs.items()]

    def _get_container_property(self, p, default):
        if p in ("vcpus", "memory"):
            name = "VCPU" if p == "vcpus" else "MEMORY"
            needs = {each["type"]: each["value"] for each in self._resource_requirements()}
            if name in needs:
                return float(needs[name]) if name == "VCPU" else int(needs[name])
        if p == "environment":
            base = self.job_definition.container_properties.get(p) or []
            own = self.container_overrides.get(p) or []
            merged = {each["name"]: each["value"] for each in [*base, *own]}
            return [{"name": name, "value": value} for name, value in merged.items()]
        return super()._get_container_property(p, default)

    def terminate(self, reason):
        for job in [self, *(self._child_jobs or [])]:
            if job._status not in ENDED:
                job.job_stopped_reason = job.job_stopped_reason or reason
            job.stop = True


models.Job = ProcessJob
