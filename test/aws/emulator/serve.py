"""moto, mended: an AWS on 127.0.0.1 for tests.

Every other file of this folder mends one hole of moto 5.2.5 when it is imported, and all are. Prints one line
of JSON when the server answers ({"port", "accessKeyId", "secretAccessKey"}), then a line for each process that
a Batch job starts, another when that process first says something, and one for each call that rights did not allow.
Ends, with the processes of its jobs, when its standard input closes: a test that is killed leaves nothing behind.
"""

import importlib
import json
import os
import pathlib
import sys
import threading

from werkzeug.serving import make_server

# Before any mending: importing moto.batch by itself is a circular import.
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.iam.models import iam_backends

ACCOUNT = "123456789012"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def mend():
    """Imports every mending beside this file."""
    here = pathlib.Path(__file__).parent
    sys.path.insert(0, str(here))
    for file in sorted(here.glob("*.py")):
        if file.name != "serve.py":
            importlib.import_module(file.stem)


def make_administrator():
    """A user who may do everything, so that a test can still look around when rights are enforced."""
    iam = iam_backends[ACCOUNT]["aws"]
    iam.create_user("us-east-1", "administrator", "/")
    iam.put_user_policy("administrator", "everything", json.dumps(EVERYTHING))
    return iam.create_access_key("administrator")


def main():
    mend()
    app = DomainDispatcherApplication(create_backend_app)
    # Port 0: the system picks a free one, so two emulators never race for one.
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
    os.environ["MOTO_PORT"] = str(server.port)
    key = make_administrator()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.port, "accessKeyId": key.access_key_id, "secretAccessKey": key.secret_access_key}), flush=True)
    sys.stdin.read()
    importlib.import_module("batch_attempt").kill_all()
    os._exit(0)


main()
