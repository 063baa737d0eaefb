"""Requests count as sent over TLS 1.2: moto has no conditions of that kind, and takes a bucket's policy that refuses
plain text for one that refuses everybody.
"""

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

TLS = {"aws:SecureTransport", "s3:TlsVersion"}

_is_action_permitted = IAMPolicyStatement.is_action_permitted


def is_action_permitted(self, *args, **options):
    statement = self._statement
    asked = {name for names in statement.get("Condition", {}).values() for name in names}
    if statement.get("Effect") == "Deny" and asked and asked <= TLS:
        return PermissionResult.NEUTRAL
    return _is_action_permitted(self, *args, **options)


IAMPolicyStatement.is_action_permitted = is_action_permitted
