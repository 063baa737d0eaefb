"""Outputs of a stack made by change set: moto makes them of the template that was there before, none."""

from moto.cloudformation.models import CloudFormationBackend

_execute = CloudFormationBackend.execute_change_set


def execute_change_set(self, change_set_name, stack_name=None):
    _execute(self, change_set_name, stack_name)
    for change_set in self.change_sets.values():
        named = change_set_name in (change_set.change_set_id, change_set.change_set_name)
        if named and change_set.stack_id in self.stacks:
            stack = self.stacks[change_set.stack_id]
            stack._parse_template()
            stack.output_map = stack._create_output_map()


CloudFormationBackend.execute_change_set = execute_change_set
