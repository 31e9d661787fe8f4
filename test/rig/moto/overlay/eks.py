"""EKS clusters, node groups and updates: the fields moto leaves out, and the checks of UpdateClusterConfig."""

from moto.autoscaling.models import autoscaling_backends
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.eks import models, urls
from moto.eks.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.eks.responses import EKSResponse
from moto.moto_api._internal import mock_random

Cluster, Nodegroup, Backend = models.Cluster, models.Nodegroup, models.EKSBackend

# What the API server of the rig answers to; set through /rig/eks/control-plane before the first cluster.
control_plane: dict = {}

_create_cluster = Backend.create_cluster
_create_nodegroup = Backend.create_nodegroup
_delete_nodegroup = Backend.delete_nodegroup


def not_found(message: str, **names):
    return ResourceNotFoundException(message=message, **names)


def create_cluster(self, **kwargs):
    cluster = _create_cluster(self, **kwargs)
    ec2 = ec2_backends[self.account_id][self.region_name]
    config = dict(cluster.resources_vpc_config)
    subnets = [ec2.get_subnet(s) for s in config.get("subnetIds", [])]
    vpc_id = subnets[0].vpc_id if subnets else None
    if vpc_id:
        group = ec2.create_security_group(
            f"eks-cluster-sg-{cluster.name}-{mock_random.randint(10**8, 10**9)}",
            "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, "
            "as well as any managed workloads.",
            vpc_id=vpc_id,
            tags={
                f"kubernetes.io/cluster/{cluster.name}": "owned",
                "aws:eks:cluster-name": cluster.name,
                "Name": f"eks-cluster-sg-{cluster.name}",
            },
        )
        ec2.authorize_security_group_ingress(
            group.group_id, "-1", None, None, [], source_groups=[{"GroupId": group.group_id}], vpc_id=vpc_id
        )
        config["clusterSecurityGroupId"] = group.group_id
    cluster.zones = sorted({s.availability_zone for s in subnets})
    cluster.resources_vpc_config = {
        "securityGroupIds": [],
        "endpointPublicAccess": True,
        "endpointPrivateAccess": False,
        "publicAccessCidrs": ["0.0.0.0/0"],
        **config,
        "vpcId": vpc_id,
    }
    network = {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4", **(kwargs.get("kubernetes_network_config") or {})}
    cluster.kubernetes_network_config = {**network, "elasticLoadBalancing": {"enabled": False}}
    cluster.endpoint = control_plane.get("endpoint", cluster.endpoint)
    if "certificateAuthority" in control_plane:
        cluster.certificate_authority = {"data": control_plane["certificateAuthority"]}
    cluster.health = {"issues": []}
    cluster.upgrade_policy = {"supportType": "STANDARD"}
    cluster.access_config = {"authenticationMode": "API_AND_CONFIG_MAP"}
    cluster.compute_config = {"enabled": False}
    cluster.addons, cluster.updates = {}, {}
    return cluster


def record_update(cluster, kind: str, params: list[dict]) -> dict:
    update = {
        "id": str(mock_random.uuid4()),
        "status": "Successful",
        "type": kind,
        "params": params,
        "createdAt": utcnow(),
        "errors": [],
    }
    cluster.updates[update["id"]] = update
    return {**update, "status": "InProgress"}  # the reply to the call itself; DescribeUpdate then says Successful


def update_cluster_config(self):
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
    ec2 = ec2_backends[self.current_account][self.region]
    asked = self._get_param("resourcesVpcConfig") or {}
    if asked.get("subnetIds"):
        zones = sorted({ec2.get_subnet(s).availability_zone for s in asked["subnetIds"]})
        if zones != cluster.zones:
            raise InvalidParameterException(
                clusterName=cluster.name,
                message=f"Provided subnets belong to the AZs '{','.join(zones)}'. But they should belong to the exact "
                f"set of AZs '{','.join(cluster.zones)}' in which subnets were provided during cluster creation.",
            )
    cluster.resources_vpc_config = {**cluster.resources_vpc_config, **asked}
    params = [{"type": key[0].upper() + key[1:], "value": str(value)} for key, value in asked.items()]
    return ActionResult({"update": record_update(cluster, "VpcConfigUpdate", params)})


def describe_update(self):
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
    update = cluster.updates.get(self._get_param("updateId"))
    if not update:
        raise not_found("No update found.", clusterName=cluster.name)
    return ActionResult({"update": update})


def list_updates(self):
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
    return ActionResult({"updateIds": list(cluster.updates)})


def create_nodegroup(self, **kwargs):
    group = _create_nodegroup(self, **kwargs)
    group.health = {"issues": []}
    group.update_config = group.update_config or {"maxUnavailable": 1}
    if kwargs.get("launch_template"):
        group.disk_size = None  # the template's
    if not kwargs.get("remote_access"):
        group.remote_access = None
    group.version = kwargs.get("version") or self.clusters[kwargs["cluster_name"]].version
    return group


def delete_nodegroup(self, cluster_name, nodegroup_name):
    """EKS made its Auto Scaling group, and ends it with its instances."""
    group = _delete_nodegroup(self, cluster_name, nodegroup_name)
    scaling = autoscaling_backends[self.account_id][self.region_name]
    for entry in (group.resources or {}).get("autoScalingGroups", []):
        if entry["name"] in scaling.autoscaling_groups:
            scaling.delete_auto_scaling_group(entry["name"])
    return group


def update_nodegroup_version(self):
    """Accepted and recorded. `rolled` tells the rig that the group's nodes are to be replaced."""
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
    name = self._get_param("nodegroupName")
    if name not in cluster.nodegroups:
        raise not_found(f"No node group found for name: {name}.", clusterName=cluster.name, nodegroupName=name)
    group = cluster.nodegroups[name]
    template = self._get_param("launchTemplate")
    if template:
        if not group.launch_template:
            message = "Cannot specify a launch template for a node group that was not created with one."
            raise InvalidParameterException(clusterName=cluster.name, nodegroupName=name, message=message)
        group.launch_template = {**group.launch_template, **template}
    group.rolled = True
    params = [{"type": "Version", "value": cluster.version}]
    if template and template.get("version"):
        params.append({"type": "LaunchTemplateVersion", "value": template["version"]})
    return ActionResult({"update": record_update(cluster, "VersionUpdate", params)})


def page(response, key: str, items: list) -> ActionResult:
    """maxResults and nextToken of the EKS lists: 1 to 100."""
    size = int(response._get_param("maxResults") or 100)
    if not 1 <= size <= 100:
        raise InvalidParameterException(message="maxResults must be between 1 and 100")
    start = int(response._get_param("nextToken") or 0)
    more = str(start + size) if start + size < len(items) else None
    return ActionResult({key: items[start : start + size], "nextToken": more})


def _named(key: str, of_cluster):
    def call(self):
        cluster = self.eks_backend.describe_cluster(name=self._get_param("name"))
        return page(self, key, sorted(of_cluster(cluster)))

    return call


def _empty(key: str):
    def call(self):
        self.eks_backend.describe_cluster(name=self._get_param("name") or self._get_param("clusterName"))
        return page(self, key, [])

    return call


def list_pod_identity_associations(self):
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name") or self._get_param("clusterName"))
    return page(self, "associations", getattr(cluster, "pod_identity", []))


def describe_pod_identity_association(self):
    cluster = self.eks_backend.describe_cluster(name=self._get_param("name") or self._get_param("clusterName"))
    wanted = self._get_param("associationId")
    found = next((a for a in getattr(cluster, "pod_identity", []) if a["associationId"] == wanted), None)
    if not found:
        raise not_found(f"No pod identity association found: {wanted}", clusterName=cluster.name)
    return ActionResult({"association": found})


def install() -> None:
    Backend.create_cluster, Backend.create_nodegroup = create_cluster, create_nodegroup
    Backend.delete_nodegroup = delete_nodegroup
    EKSResponse.update_cluster_config = update_cluster_config
    EKSResponse.update_nodegroup_version = update_nodegroup_version
    EKSResponse.describe_update, EKSResponse.list_updates = describe_update, list_updates
    EKSResponse.list_clusters = lambda self: page(self, "clusters", sorted(self.eks_backend.clusters))
    EKSResponse.list_nodegroups = _named("nodegroups", lambda c: c.nodegroups)
    EKSResponse.list_fargate_profiles = _named("fargateProfileNames", lambda c: c.fargate_profiles)
    EKSResponse.list_addons = _named("addons", lambda c: c.addons)
    EKSResponse.list_insights = _empty("insights")
    EKSResponse.list_pod_identity_associations = list_pod_identity_associations
    EKSResponse.describe_pod_identity_association = describe_pod_identity_association
    EKSResponse.list_access_entries = _empty("accessEntries")
    dispatch = urls.response.dispatch
    urls.url_paths["{0}/clusters/(?P<name>[^/]+)/(?P<rest>.+)$"] = dispatch
    urls.url_paths["{0}/addons/(?P<rest>.+)$"] = dispatch
