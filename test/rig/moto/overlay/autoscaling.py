"""Instances attached to a group belong to it: moto remembers the group only of those it launched itself."""

from moto.autoscaling.models import AutoScalingBackend

_attach = AutoScalingBackend.attach_instances


def attach_instances(self, group_name, instance_ids):
    _attach(self, group_name, instance_ids)
    group = self.autoscaling_groups[group_name]
    for state in group.instance_states:
        state.instance.autoscaling_group = group


def install() -> None:
    AutoScalingBackend.attach_instances = attach_instances
