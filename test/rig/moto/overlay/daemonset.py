"""What EKS does to kube-system/aws-node when the vpc-cni add-on is updated: images, env, field manager `eks`."""

import json
import ssl
import urllib.request

PATH = "/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node"


CONFIG = "/api/v1/namespaces/kube-system/configmaps/amazon-vpc-cni"


def _call(plane: dict, method: str, path: str, body=None, kind="application/json"):
    context = ssl.create_default_context(cadata=plane["ca"])
    request = urllib.request.Request(
        plane["endpoint"] + path,
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Authorization": f"Bearer {plane['token']}", "Content-Type": kind},
    )
    with urllib.request.urlopen(request, context=context, timeout=20) as reply:
        return json.load(reply)


def _env(values: dict) -> list[dict]:
    return [{"name": name, "value": str(value)} for name, value in (values or {}).items()]


def _with(containers: list[dict], one: dict) -> list[dict]:
    """Adds what is said of a container to what is said of it already."""
    same = next((c for c in containers if c["name"] == one["name"]), {})
    return [c for c in containers if c is not same] + [{**same, **one}]


# Policy agents that add-ons carry (amazon-vpc-cni-k8s CHANGELOG.md), by minor release.
AGENTS = {"1.19": "v1.2.1", "1.20": "v1.2.7", "1.21": "v1.3.5", "1.22": "v1.3.6"}


# Of the add-on's images (EKS user guide: add-ons-images).
REGISTRY = "602401143452.dkr.ecr.eu-west-1.amazonaws.com"


def apply(plane: dict, version: str, settings: dict, conflicts: str | None = None) -> None:
    """Sets what the document names, and leaves other variables as they are; OVERWRITE takes back images set by hand too."""
    live = _call(plane, "GET", PATH)
    tag = f"v{version.split('-')[0].lstrip('v')}"
    spec = live["spec"]["template"]["spec"]

    def image(container):
        registry, old = container["image"].rsplit(":", 1)
        suffix = old[old.index("-") :] if "-" in old else ""
        if conflicts == "OVERWRITE":
            return f"{REGISTRY}/{registry.partition('/')[2]}:{version}"
        return f"{registry}:{version if suffix else tag}"

    main = next(c for c in spec["containers"] if c["name"] == "aws-node")
    init = next(c for c in spec["initContainers"] if c["name"] == "aws-vpc-cni-init")
    patch = {
        "containers": [{"name": "aws-node", "image": image(main), "env": _env(settings.get("env"))}],
        "initContainers": [
            {"name": init["name"], "image": image(init), "env": _env((settings.get("init") or {}).get("env"))}
        ],
    }
    agent = next((c for c in spec["containers"] if c["name"] == "aws-eks-nodeagent"), None)
    wanted = settings.get("enableNetworkPolicy")
    carried = AGENTS.get(".".join(version.lstrip("v").split(".")[:2]))
    if agent and carried and version.lstrip("v") not in main["image"]:
        registry, old = agent["image"].rsplit(":", 1)
        suffix = old[old.index("-") :] if "-" in old else ""
        patch["containers"].append({"name": agent["name"], "image": f"{registry}:{carried}{suffix}"})
    if agent and wanted is not None:
        flag = "--enable-network-policy="
        args = [f"{flag}{str(wanted).lower()}" if a.startswith(flag) else a for a in agent.get("args", [])]
        patch["containers"] = _with(patch["containers"], {"name": agent["name"], "args": args})
        data = {"enable-network-policy-controller": str(wanted).lower()}
        _call(plane, "PATCH", f"{CONFIG}?fieldManager=eks", {"data": data}, "application/merge-patch+json")
    body = {"spec": {"template": {"spec": patch}}}
    _call(plane, "PATCH", f"{PATH}?fieldManager=eks", body, "application/strategic-merge-patch+json")
