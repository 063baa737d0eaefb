"""Rights as IAM enforces them, in the words and the wire shapes of AWS.

moto matches actions with their case though it sees Batch's in lower case, takes `.` for any character, knows
resources for S3 alone (elsewhere a policy for an ARN grants nothing), calls HeadBucket an action, and answers
denials in XML that the SDK of a JSON service cannot read; it tells everybody which objects are missing, where
S3 tells that only those who may list; and it fails on requests that nobody signed, which may read what is public
(moto looks at an object's ACL, and lets everybody list). Here an action is matched and named as botocore
spells it, and a policy for an ARN grants where the resource is not known: resources are honoured for S3 only.
"""

import re

import botocore.session
from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import InvalidClientTokenIdError, JsonRESTError, _RESTError
from moto.iam import access_control
from moto.s3.exceptions import S3AccessDeniedError

from facts import say

XML_SERVICES = {"autoscaling", "cloudformation", "ec2", "iam", "monitoring", "rds", "sns", "sts"}
# What nobody in particular may do, where a bucket is public.
READING = {"GetObject", "HeadObject", "HeadBucket", "ListBucket", "ListObjects", "ListObjectsV2"}
# Names of calls that are not names of actions.
OTHER_NAMES = {"s3:HeadBucket": "s3:ListBucket", "s3:ListBuckets": "s3:ListAllMyBuckets"}

_session = botocore.session.Session()
_operations: dict[str, dict[str, str]] = {}
_check_element = access_control.IAMPolicyStatement._check_element_matches
_authorize_s3 = ActionAuthenticatorMixin._authenticate_and_authorize_s3_action
_init = access_control.IAMRequestBase.__init__


def canonical_action(action):
    """`batch:submitjob` as IAM writes it: `batch:SubmitJob`."""
    service, name = action.split(":", 1)
    if service not in _operations:
        try:
            names = _session.get_service_model(service).operation_names
        except Exception:  # a signing name that is no service's name in botocore
            names = []
        _operations[service] = {each.lower(): each for each in names}
    spelled = f"{service}:{_operations[service].get(name.lower(), name)}"
    return OTHER_NAMES.get(spelled, spelled)


def enforced():
    return ActionAuthenticatorMixin.request_count >= settings.INITIAL_NO_AUTH_ACTION_COUNT


def init(self, *args, **options):
    _init(self, *args, **options)
    self._action = canonical_action(self._action)


def authorize_s3(self, bucket_name=None, key_name=None):
    if "Authorization" not in self.headers and "X-Amz-Signature" not in self.uri and enforced():
        if self._get_action() not in READING:
            raise S3AccessDeniedError()
        return
    _authorize_s3(self, bucket_name, key_name)
    if not key_name or self._get_action() != "GetObject":
        return
    bucket = self.backend.get_bucket(bucket_name)
    if key_name not in bucket.keys:
        self.data["Action"] = "ListBucket"
        _authorize_s3(self, bucket_name)
        self.data["Action"] = "GetObject"


def matches(pattern, string):
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.match(f"^{expression}$", string, re.IGNORECASE)


def check_element(self, element, value):
    # Every service but S3 passes "*": the resource is not known here.
    if element == "Resource" and value == "*" and self._statement["Effect"] == "Allow":
        return True
    return _check_element(self, element, value)


def denial(arn, action, resource=""):
    """AWS's own sentence."""
    return (
        f"User: {arn} is not authorized to perform: {action}{resource} "
        f"because no identity-based policy allows the {action} action"
    )


def refusal(request, resource=""):
    say({"refused": request._action, "by": request._access_key.arn})
    return denial(request._access_key.arn, request._action, resource)


def raise_access_denied(self):
    if self._service in XML_SERVICES:
        error = _RESTError("AccessDenied", refusal(self))
        error.code = 403
        raise error
    error = JsonRESTError("AccessDeniedException", refusal(self))
    # Batch's SDK reads the error of a 403 from the same header.
    error.code = 403 if self._service == "batch" else 400
    raise error


def raise_invalid_access_key(self, _reason):
    if self._service in XML_SERVICES:
        raise InvalidClientTokenIdError()
    raise JsonRESTError("UnrecognizedClientException", "The security token included in the request is invalid.")


def raise_s3_access_denied(self):
    error = S3AccessDeniedError()
    resource = f' on resource: "arn:aws:s3:::{self._data["BucketName"]}"' if "BucketName" in self._data else ""
    error.message = refusal(self, resource)
    raise error


ActionAuthenticatorMixin._authenticate_and_authorize_s3_action = authorize_s3
access_control.IAMRequestBase.__init__ = init
access_control.IAMPolicyStatement._match = staticmethod(matches)
access_control.IAMPolicyStatement._check_element_matches = check_element
access_control.IAMRequest._raise_access_denied = raise_access_denied
access_control.IAMRequest._raise_invalid_access_key = raise_invalid_access_key
access_control.S3IAMRequest._raise_access_denied = raise_s3_access_denied
