"""Glue's column statistics and functions, which Trino asks for and moto lacks: kept in memory, functions none."""

from moto.core.responses import ActionResult, EmptyResult
from moto.glue.responses import GlueResponse

_statistics: dict[tuple, dict[str, dict]] = {}


def _key(parameters):
    return parameters["DatabaseName"], parameters["TableName"], tuple(parameters.get("PartitionValues") or ())


def get_statistics(self):
    found = _statistics.get(_key(self.parameters), {})
    columns = [found[name] for name in self.parameters["ColumnNames"] if name in found]
    return ActionResult({"ColumnStatisticsList": columns, "Errors": []})


def update_statistics(self):
    columns = _statistics.setdefault(_key(self.parameters), {})
    for column in self.parameters["ColumnStatisticsList"]:
        columns[column["ColumnName"]] = column
    return ActionResult({"Errors": []})


def delete_statistics(self):
    _statistics.get(_key(self.parameters), {}).pop(self.parameters["ColumnName"], None)
    return EmptyResult()


def get_user_defined_functions(self):
    return ActionResult({"UserDefinedFunctions": []})


for level in ("table", "partition"):
    setattr(GlueResponse, f"get_column_statistics_for_{level}", get_statistics)
    setattr(GlueResponse, f"update_column_statistics_for_{level}", update_statistics)
    setattr(GlueResponse, f"delete_column_statistics_for_{level}", delete_statistics)
GlueResponse.get_user_defined_functions = get_user_defined_functions
