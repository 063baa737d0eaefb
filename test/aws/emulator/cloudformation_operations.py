"""What happens to a stack, as CloudFormation tells it.

- Each resource that is made, changed or removed is an event of its own; moto tells of the stack alone.
- Making that fails is taken back: the resource's event says why, what was made is removed, the stack stays as
  ROLLBACK_COMPLETE. A failed change ends as UPDATE_ROLLBACK_COMPLETE (what moto changed before stays changed).
- Removing that fails leaves the stack as DELETE_FAILED.
- A change set lists what its conditions let through, and resources that only a parameter changes.
- Defaults of list parameters are lists, and are told with commas; RetainExceptOnCreate keeps.
"""

import contextlib
import contextvars

from moto.cloudformation import parsing
from moto.cloudformation.models import Change, ChangeSet, CloudFormationBackend, Event, Stack
from moto.cloudformation.parsing import ResourceMap

import cloudformation_outputs  # noqa: F401  (before this: what is taken back has no outputs)

# The stack that something is done to, and the beginning of its statuses.
_current = contextvars.ContextVar("current", default=None)

_execute = CloudFormationBackend.execute_change_set
_delete_stack = CloudFormationBackend.delete_stack
_create_resource = parsing.parse_and_create_resource
_update_resource = parsing.parse_and_update_resource
_load_parameters = ResourceMap.load_parameters
_delete_resource = ResourceMap._delete_resource
_delete_all = ResourceMap.delete
_told_parameters = Stack.parameter_list


@contextlib.contextmanager
def operation(stack, word):
    token = _current.set((stack, word))
    try:
        yield
    finally:
        _current.reset(token)


def tell(logical_id, kind, ending, *, physical_id="", reason=None):
    """Adds an event of a resource to the stack that something is done to."""
    if _current.get() is None:
        return
    stack, word = _current.get()
    stack.events.append(
        Event(
            stack_id=stack.stack_id, stack_name=stack.name, logical_resource_id=logical_id,
            physical_resource_id=physical_id, resource_type=kind, resource_status=f"{word}_{ending}",
            resource_status_reason=reason, resource_properties=None,
        )
    )


def telling(make):
    """A function of moto that makes or changes a resource, with its events."""

    def made(logical_id, resource_json, resources_map, **options):
        kind = resource_json["Type"]
        condition = resource_json.get("Condition")
        if condition and not resources_map.lazy_condition_map[condition]:
            return make(logical_id, resource_json, resources_map, **options)
        tell(logical_id, kind, "IN_PROGRESS")
        try:
            resource = make(logical_id, resource_json, resources_map, **options)
        except Exception as error:
            # One that is needed by another tells first, and it alone is to blame.
            if not hasattr(error, "told"):
                error.told = True
                tell(logical_id, kind, "FAILED", reason=getattr(error, "message", None) or str(error) or repr(error))
            else:
                tell(logical_id, kind, "FAILED", reason="Resource creation cancelled")
            raise
        if resource is None and make is _update_resource:
            # moto knows no change of it: it stays as it was.
            resource = resources_map[logical_id]
        physical_id = getattr(resource, "physical_resource_id", "") or ""
        tell(logical_id, kind, "COMPLETE", physical_id=str(physical_id))
        return resource

    return made


def execute_change_set(self, change_set_name, stack_name=None):
    change_set = next(
        one for one in self.change_sets.values() if change_set_name in (one.change_set_id, one.change_set_name)
    )
    stack = self.stacks[change_set.stack_id]
    word = change_set.change_set_type
    try:
        with operation(stack, word):
            _execute(self, change_set_name, stack_name)
    except Exception:
        change_set.execution_status = "EXECUTE_FAILED"
        rolled_back = "ROLLBACK" if word == "CREATE" else "UPDATE_ROLLBACK"
        stack._add_stack_event(f"{rolled_back}_IN_PROGRESS", "The following resource(s) failed: see above.")
        if word == "CREATE":
            with operation(stack, "DELETE"):
                _delete_all(stack.resource_map)
            stack.template = change_set.template
        stack._add_stack_event(f"{rolled_back}_COMPLETE")
        stack.status = f"{rolled_back}_COMPLETE"
        return
    stack.parameters = change_set.parameters
    if change_set.tags is not None:
        stack.tags = change_set.tags
    # A change set that was applied is gone from the list of those that can be.
    self.change_sets.pop(change_set.change_set_id, None)


def delete_stack(self, name_or_stack_id):
    found = [one for one in self.stacks.values() if name_or_stack_id in (one.stack_id, one.name)]
    for stack in found:
        try:
            with operation(stack, "DELETE"):
                _delete_stack(self, stack.stack_id)
        except Exception as error:
            stack._add_stack_event("DELETE_FAILED", str(error))
            stack.status = "DELETE_FAILED"
            self.stacks[stack.stack_id] = stack


def delete_resource(self, parsed_resource, resource_json):
    logical_id = getattr(parsed_resource, "logical_resource_id", "")
    kind = resource_json["Type"]
    physical_id = str(getattr(parsed_resource, "physical_resource_id", "") or "")
    try:
        _delete_resource(self, parsed_resource, resource_json)
    except Exception:
        # moto tries again when others are gone.
        raise
    tell(logical_id, kind, "COMPLETE", physical_id=physical_id)


def delete_all(self):
    for resource in self._resource_json_map.values():
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"
    _delete_all(self)


def as_given(parameters):
    """Values as text: previous ones come as moto has resolved them, lists and numbers."""
    return {
        name: ",".join(value) if isinstance(value, list) else str(value) for name, value in parameters.items()
    }


def load_parameters(self):
    for slot in self._template.get("Parameters", {}).values():
        kind, default = slot.get("Type", "String"), slot.get("Default")
        if (kind == "CommaDelimitedList" or kind.startswith("List")) and isinstance(default, str):
            slot["Default"] = default.split(",")
    self.input_parameters = as_given(self.input_parameters or {})
    _load_parameters(self)


def told_parameters(self):
    told = _told_parameters.fget(self)
    for each in told:
        value = each["ParameterValue"]
        each["ParameterValue"] = ",".join(value) if isinstance(value, list) else value
    return told


def changes_of(self):
    resources = ResourceMap(
        stack_id=self.stack.stack_id, stack_name=self.stack.name, parameters=self.parameters, tags={},
        region_name=self.stack.region_name, account_id=self.stack.account_id, template=self.template_dict,
        cross_stack_resources={},
    )
    resources.load_mapping()
    resources.load_parameters()
    resources.load_conditions()
    self.stack.resource_map.input_parameters = as_given(self.stack.resource_map.input_parameters or {})
    actions = self.stack.resource_map.build_resource_diff(self.template_dict, as_given(self.parameters or {}))
    changes = []
    for action, names in actions.items():
        source = self.stack.resource_map._resource_json_map if action == "Remove" else self.template_dict["Resources"]
        for name in names:
            condition = source[name].get("Condition")
            if action != "Remove" and condition and not resources.lazy_condition_map[condition]:
                continue
            changes.append(Change(action=action, logical_resource_id=name, resource_type=source[name]["Type"]))
    return changes


parsing.parse_and_create_resource = telling(_create_resource)
parsing.parse_and_update_resource = telling(_update_resource)
CloudFormationBackend.execute_change_set = execute_change_set
CloudFormationBackend.delete_stack = delete_stack
ChangeSet.diff = changes_of
Stack.parameter_list = property(told_parameters)
ResourceMap._delete_resource = delete_resource
ResourceMap.delete = delete_all
ResourceMap.load_parameters = load_parameters
