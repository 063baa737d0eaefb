"""UpdateConnection, which moto's Glue lacks."""

from moto.core.responses import EmptyResult
from moto.glue.exceptions import EntityNotFoundException
from moto.glue.models import FakeConnection
from moto.glue.responses import GlueResponse


def update_connection(self):
    name = self.parameters["Name"]
    connections = self.glue_backend.connections
    if name not in connections:
        raise EntityNotFoundException(f"Connection {name} not found.")
    wanted = {**self.parameters["ConnectionInput"], "Name": name}
    connections[name] = FakeConnection(self.glue_backend, connections[name].catalog_id, wanted, {})
    return EmptyResult()


GlueResponse.update_connection = update_connection
