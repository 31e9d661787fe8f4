"""The rig's own door, /rig/…: what AWS does without a public call, faults, paging, replay, the call log."""

import base64
import json
from datetime import datetime

from moto.core import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends
from moto.eks.models import eks_backends

from . import eks, eks_addons, faults, paging, services, sharing, token_review

REGION = "eu-west-1"
state = {"cluster": "", "account": DEFAULT_ACCOUNT_ID}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _ec2():
    return ec2_backends[state["account"]][REGION]


def _cluster(name: str):
    return eks_backends[state["account"]][REGION].describe_cluster(name=name)


def interfaces(body):
    """Interfaces of AWS services, in the order given. Returns their ids."""
    made = [services.create(state["account"], REGION, spec) for spec in body]
    return [eni.id for eni in made]


def remove_interfaces(body):
    """Interfaces that a service gave up."""
    for eni_id in body:
        _ec2().enis.pop(eni_id)


def share(body):
    """{subnetId, ownerId, hidden: [interface ids]}: a subnet of another account, whose own interfaces are not listed."""
    sharing.share(_ec2(), body["subnetId"], body["ownerId"], body["hidden"])


def times(body):
    """Launch, attach and creation times that EC2 stamps itself: {resource id: time}."""
    for resource, text in body.items():
        when = _time(text)
        if resource.startswith("i-"):
            instance = _ec2().get_instance(resource)
            instance.launch_time = when
        elif resource.startswith("eni-"):
            _ec2().get_network_interface(resource).attach_time = when
        else:
            raise KeyError(resource)


def control_plane(body):
    """{endpoint, certificateAuthority (base64 PEM), token, cluster}: the API server that clusters here point to."""
    ca = base64.b64decode(body["certificateAuthority"]).decode()
    eks.control_plane.update({**body, "ca": ca})
    state["cluster"] = body["cluster"]


def _set(target: dict, body: dict, *times_of):
    for key, value in body.items():
        target[key] = _time(value) if key in times_of else value


def eks_state(body):
    """{cluster, fields?, addons?: {name: fields}, nodegroups?: {name: fields}}: what EKS itself finds out or stamps."""
    cluster = _cluster(body["cluster"])
    fields = body.get("fields", {})
    cluster.created_at = _time(fields["createdAt"]) if "createdAt" in fields else cluster.created_at
    cluster.health = fields.get("health", cluster.health)
    cluster.platformVersion = fields.get("platformVersion", cluster.platformVersion)
    cluster.compute_config = fields.get("computeConfig", cluster.compute_config)
    cluster.kubernetes_network_config = fields.get("kubernetesNetworkConfig", cluster.kubernetes_network_config)
    if "remoteNetworkConfig" in fields:
        cluster.remote_network_config = fields["remoteNetworkConfig"]
    cluster.pod_identity = body.get("podIdentity", getattr(cluster, "pod_identity", []))
    for name, values in body.get("addons", {}).items():
        _set(cluster.addons[name], values, "createdAt", "modifiedAt")
    for name, values in body.get("nodegroups", {}).items():
        group = cluster.nodegroups[name]
        group.created_at = _time(values["createdAt"]) if "createdAt" in values else group.created_at
        group.modified_at = _time(values["modifiedAt"]) if "modifiedAt" in values else group.modified_at
        group.health = values.get("health", group.health)
        group.status = values.get("status", group.status)
        group.resources = values.get("resources", group.resources)


def rolled(body):
    """{cluster}: node groups whose nodes an update is to replace; each is told once."""
    groups = _cluster(body["cluster"]).nodegroups
    names = [name for name, group in groups.items() if getattr(group, "rolled", False)]
    for name in names:
        groups[name].rolled = False
    return names


def set_rules(body):
    faults.rules[:] = body


def set_paging(body):
    paging.settings.update(body)


def set_replay(body):
    paging.replays.clear()
    paging.replays.update(body)


def addon_versions(body):
    eks_addons.versions.update(body)


POST = {
    "interfaces": interfaces,
    "interfaces/remove": remove_interfaces,
    "share": share,
    "times": times,
    "eks/control-plane": control_plane,
    "eks/state": eks_state,
    "eks/addon-versions": addon_versions,
    "eks/rolled": rolled,
    "faults": set_rules,
    "paging": set_paging,
    "replay": set_replay,
}


def handle(method: str, path: str, body: bytes):
    """(status, reply) of one admin request."""
    name = path.removeprefix("/rig/")
    try:
        if name.split("?")[0] == "token-review":
            return "200 OK", token_review.review(json.loads(body), state["cluster"])
        if name == "calls":
            reply = faults.log()
            if method == "DELETE":
                faults.clear_log()
            return "200 OK", reply
        if name == "ready":
            return "200 OK", {"ready": True}
        return "200 OK", POST[name](json.loads(body))
    except KeyError as e:
        return "404 Not Found", {"error": f"unknown: {e}"}
    except Exception as e:  # a mistake in a scenario: show it to its author
        return "400 Bad Request", {"error": f"{type(e).__name__}: {e} {getattr(e, 'message', '')}"}
