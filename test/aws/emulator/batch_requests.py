"""Batch requests that moto takes otherwise than Batch does.

- SubmitJob keeps its retryStrategy; refuses a disabled queue, an array of a size that Batch does not take, and
  time-outs under 60 s.
- ListJobs answers RUNNING jobs when no status is asked for, in pages of at most 100; DescribeJobs takes 100.
- DescribeJobDefinitions knows `NAME:REVISION`.
- CancelJob on an array ends the children that have not begun, and no others.
- CreateComputeEnvironment without a serviceRole makes the service-linked role, as Batch does.
- DescribeComputeEnvironments shows an environment that a test made INVALID.
"""

import json

from moto.batch.exceptions import ClientException
from moto.batch.models import BatchBackend
from moto.batch.responses import BatchResponse
from moto.iam.exceptions import NotFoundException

import batch_jobs
from batch_capacity import INVALID_TAG

SERVICE_ROLE = "AWSServiceRoleForBatch"
SERVICE_ROLE_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "batch.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}

_cancel_job = BatchBackend.cancel_job
_get_job_definitions = BatchBackend.get_job_definitions
_submit_job = BatchResponse.submitjob
_describe_jobs = BatchResponse.describejobs
_create_compute_environment = BatchBackend.create_compute_environment
_describe_compute_environments = BatchBackend.describe_compute_environments


def submit_job(self):
    queue = self.batch_backend.get_job_queue(self._get_param("jobQueue"))
    if queue is not None and queue.state != "ENABLED":
        raise ClientException(f"Cannot submit job: job queue {queue.arn} is not ENABLED, its state is {queue.state}")
    size = (self._get_param("arrayProperties") or {}).get("size")
    if size is not None and not 2 <= size <= 10_000:
        raise ClientException(f"Array size must be between 2 and 10000, was {size}")
    timeout = self._get_param("timeout") or {}
    if timeout and int(timeout.get("attemptDurationSeconds", 0)) < 60:
        raise ClientException("Timeout attemptDurationSeconds must be at least 60")
    if len(self._get_param("dependsOn") or []) > 20:
        raise ClientException("A job can depend on at most 20 jobs")
    token = batch_jobs.retry_strategy.set(self._get_param("retryStrategy"))
    try:
        return _submit_job(self)
    finally:
        batch_jobs.retry_strategy.reset(token)


def list_jobs(self):
    status = self._get_param("jobStatus")
    filters = self._get_param("filters")
    jobs = self.batch_backend.list_jobs(
        job_queue_name=self._get_param("jobQueue"),
        array_job_id=self._get_param("arrayJobId"),
        job_status=status if status or filters else "RUNNING",
        filters=filters,
    )
    # Children belong to their array's listing alone.
    if self._get_param("arrayJobId") is None:
        jobs = [job for job in jobs if "index" not in job.array_properties]
    start = int(self._get_param("nextToken") or 0)
    end = start + min(int(self._get_param("maxResults") or 100), 100)
    page = {"jobSummaryList": [job.describe_short() for job in jobs[start:end]]}
    if end < len(jobs):
        page["nextToken"] = str(end)
    return json.dumps(page)


def describe_jobs(self):
    names = self._get_param("jobs") or []
    if len(names) > 100:
        raise ClientException("DescribeJobs takes at most 100 jobs")
    # moto describes every job there is when none is named.
    return _describe_jobs(self) if names else json.dumps({"jobs": []})


def get_job_definitions(self, identifier):
    found = _get_job_definitions(self, identifier)
    if not found and not identifier.startswith("arn:") and ":" in identifier:
        one = self.get_job_definition(identifier)
        return [] if one is None else [one]
    return found


def cancel_job(self, job_id, reason):
    job = self.get_job_by_id(job_id)
    for each in (job._child_jobs if job is not None and job.is_array else None) or [job]:
        if each is not None:
            _cancel_job(self, each.job_id, reason)


def create_compute_environment(self, compute_environment_name, _type, state, compute_resources, service_role, tags=None):
    return _create_compute_environment(
        self, compute_environment_name, _type, state or "ENABLED", compute_resources,
        service_role or _service_role(self), tags,
    )


def _service_role(backend):
    iam = backend.iam_backend
    try:
        return iam.get_role(SERVICE_ROLE).arn
    except NotFoundException:
        return iam.create_role(
            role_name=SERVICE_ROLE, assume_role_policy_document=json.dumps(SERVICE_ROLE_TRUST),
            path="/aws-service-role/batch.amazonaws.com/", permissions_boundary=None, description="", tags=[],
            max_session_duration="3600",
        ).arn


def describe_compute_environments(self, environments=None):
    found = _describe_compute_environments(self, environments)
    for each in found:
        reason = each["tags"].get(INVALID_TAG)
        if reason is not None:
            each.update(status="INVALID", statusReason=reason)
    return found


BatchResponse.submitjob = submit_job
BatchResponse.listjobs = list_jobs
BatchResponse.describejobs = describe_jobs
BatchBackend.cancel_job = cancel_job
BatchBackend.get_job_definitions = get_job_definitions
BatchBackend.create_compute_environment = create_compute_environment
BatchBackend.describe_compute_environments = describe_compute_environments
