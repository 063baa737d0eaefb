"""Facts for the test that started the emulator, one line of JSON each on standard output.

What nobody can ask a service for is told this way: which process a job started, and what was refused to whom, as
CloudTrail records it.
"""

import json
import threading

_printing = threading.Lock()


def say(fact):
    with _printing:
        print(json.dumps(fact), flush=True)
