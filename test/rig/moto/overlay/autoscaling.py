"""What moto's Auto Scaling lacks: groups of attached instances, and instance refreshes."""

from moto.autoscaling.models import AutoScalingBackend
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult

_attach = AutoScalingBackend.attach_instances


def attach_instances(self, group_name, instance_ids):
    """Instances attached to a group belong to it: moto remembers the group only of those it launched itself."""
    _attach(self, group_name, instance_ids)
    group = self.autoscaling_groups[group_name]
    for state in group.instance_states:
        state.instance.autoscaling_group = group


def start_instance_refresh(self):
    """Replaces every instance of the group at once: whoever calls lets the cluster live on only when it is over."""
    backend = self.autoscaling_backend
    group = backend.autoscaling_groups[self._get_param("AutoScalingGroupName")]
    for state in list(group.instance_states):
        backend.terminate_instance(state.instance.id, False)
    return ActionResult({"InstanceRefreshId": "08b91cf7-8fa6-48af-b6a6-d227f40f1b9b"})


def install() -> None:
    AutoScalingBackend.attach_instances = attach_instances
    AutoScalingResponse.start_instance_refresh = start_instance_refresh
