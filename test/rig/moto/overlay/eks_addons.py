"""EKS managed add-ons. As in EKS, an update of vpc-cni also changes the DaemonSet it manages."""

import json

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.eks.exceptions import InvalidParameterException, ResourceInUseException
from moto.eks.responses import EKSResponse
from moto.moto_api._internal import mock_random

from . import daemonset
from .eks import control_plane, not_found, page, record_update

versions: dict[str, list[dict]] = {}  # add-on: [{addonVersion, clusterVersions, defaultFor}], newest first; from the admin path


def find(self):
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
    name = self._get_param("addonName")
    if name not in cluster.addons:
        message = f"No addon: {name} found in cluster: {cluster.name}"
        raise not_found(message, clusterName=cluster.name, addonName=name)
    return cluster, cluster.addons[name]


def check_version(name: str, version: str, cluster_version: str) -> None:
    known = [v for v in versions.get(name, []) if cluster_version in v["clusterVersions"]]
    if known and version not in [v["addonVersion"] for v in known]:
        raise InvalidParameterException(addonName=name, message=f"Addon version specified is not supported: {version}")


def check_values(text: str | None) -> dict:
    """configurationValues is JSON (or YAML, which the rig does not write)."""
    if not text:
        return {}
    try:
        return json.loads(text)
    except ValueError as e:
        raise InvalidParameterException(message="ConfigurationValue provided is not valid JSON or YAML") from e


def create_addon(self):
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
    name = self._get_param("addonName")
    if name in cluster.addons:
        raise ResourceInUseException(clusterName=cluster.name, addonName=name, message="Addon already exists.")
    default = next((v["addonVersion"] for v in versions.get(name, []) if cluster.version in v["defaultFor"]), None)
    version = self._get_param("addonVersion") or default
    check_version(name, version, cluster.version)
    check_values(self._get_param("configurationValues"))
    arn = cluster.arn.replace(":cluster/", ":addon/")
    cluster.addons[name] = {
        "addonName": name,
        "clusterName": cluster.name,
        "status": "ACTIVE",
        "addonVersion": version,
        "health": {"issues": []},
        "addonArn": f"{arn}/{name}/{mock_random.uuid4()}",
        "createdAt": utcnow(),
        "modifiedAt": utcnow(),
        "serviceAccountRoleArn": self._get_param("serviceAccountRoleArn"),
        "configurationValues": self._get_param("configurationValues"),
        "tags": self._get_param("tags") or {},
        "podIdentityAssociations": [],
        "publisher": "eks",
        "owner": "aws",
    }
    return ActionResult({"addon": {**cluster.addons[name], "status": "CREATING"}})


def update_addon(self):
    cluster, addon = find(self)
    version = self._get_param("addonVersion") or addon["addonVersion"]
    values = self._get_param("configurationValues")
    check_version(addon["addonName"], version, cluster.version)
    settings = check_values(values if values is not None else addon["configurationValues"])
    if addon["addonName"] == "vpc-cni" and control_plane.get("token"):
        daemonset.apply(control_plane, version, settings, self._get_param("resolveConflicts"))
    addon["addonVersion"], addon["modifiedAt"] = version, utcnow()
    if addon["status"] == "UPDATE_FAILED":
        addon["status"], addon["health"] = "ACTIVE", {"issues": []}
    if values is not None:  # replaces the whole document
        addon["configurationValues"] = values
    if self._get_param("serviceAccountRoleArn"):
        addon["serviceAccountRoleArn"] = self._get_param("serviceAccountRoleArn")
    params = [{"type": "AddonVersion", "value": version}]
    if self._get_param("resolveConflicts"):
        params.append({"type": "ResolveConflicts", "value": self._get_param("resolveConflicts")})
    if values is not None:
        params.append({"type": "ConfigurationValues", "value": values})
    return ActionResult({"update": record_update(cluster, "AddonUpdate", params)})


def describe_addon(self):
    return ActionResult({"addon": find(self)[1]})


def delete_addon(self):
    cluster, addon = find(self)
    del cluster.addons[addon["addonName"]]
    return ActionResult({"addon": {**addon, "status": "DELETING"}})


def describe_addon_versions(self):
    wanted, minor = self._get_param("addonName"), self._get_param("kubernetesVersion")
    found = []
    for name, known in versions.items():
        if wanted and name != wanted:
            continue
        listed = [
            {
                "addonVersion": v["addonVersion"],
                "architecture": ["amd64", "arm64"],
                "computeTypes": ["ec2", "hybrid"],
                "requiresConfiguration": False,
                "requiresIamPermissions": name == "vpc-cni",
                "compatibilities": [
                    {"clusterVersion": c, "platformVersions": ["*"], "defaultVersion": c in v["defaultFor"]}
                    for c in v["clusterVersions"]
                    if not minor or c == minor
                ],
            }
            for v in known
            if not minor or minor in v["clusterVersions"]
        ]
        found.append({"addonName": name, "type": "networking", "publisher": "eks", "owner": "aws", "addonVersions": listed})
    return page(self, "addons", found)


def describe_addon_configuration(self):
    name, version = self._get_param("addonName"), self._get_param("addonVersion")
    schema = {"$schema": "http://json-schema.org/draft-06/schema#", "type": "object", "properties": {"env": {"type": "object"}}}
    return ActionResult({"addonName": name, "addonVersion": version, "configurationSchema": json.dumps(schema)})


def install() -> None:
    for call in (
        create_addon,
        update_addon,
        describe_addon,
        delete_addon,
        describe_addon_versions,
        describe_addon_configuration,
    ):
        setattr(EKSResponse, call.__name__, call)
