"""CloudWatch Logs names the stream that is missing: moto says of it that the group does not exist."""

from moto.logs.exceptions import ResourceNotFoundException
from moto.logs.models import LogGroup

_get_log_events = LogGroup.get_log_events


def get_log_events(self, log_stream_name, *args, **options):
    if log_stream_name not in self.streams:
        raise ResourceNotFoundException("The specified log stream does not exist.")
    return _get_log_events(self, log_stream_name, *args, **options)


LogGroup.get_log_events = get_log_events
