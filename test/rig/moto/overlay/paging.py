"""MaxResults and NextToken as EC2 has them; moto returns everything at once, or pages by reservation."""

import base64
import binascii

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.responses import EC2Response

# action: (method, key of the list, parameter that names ids, smallest and largest MaxResults)
PAGED = {
    "DescribeNetworkInterfaces": ("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceIds", 5, 1000),
    "DescribeSubnets": ("describe_subnets", "Subnets", "SubnetIds", 5, 1000),
    "DescribeVpcs": ("describe_vpcs", "Vpcs", "VpcIds", 5, 1000),
    "DescribeInstanceTypes": ("describe_instance_types", "InstanceTypes", "InstanceTypes", 5, 100),
    "DescribeRouteTables": ("describe_route_tables", "RouteTables", "RouteTableIds", 5, 100),
    "DescribeSecurityGroups": ("describe_security_groups", "SecurityGroups", "GroupIds", 5, 1000),
    "DescribeSecurityGroupRules": (
        "describe_security_group_rules", "SecurityGroupRules", "SecurityGroupRuleIds", 5, 1000,
    ),
    "DescribeNatGateways": ("describe_nat_gateways", "NatGateways", "NatGatewayIds", 5, 1000),
    "DescribeNetworkAcls": ("describe_network_acls", "NetworkAcls", "NetworkAclIds", 5, 1000),
    "DescribeVpcEndpoints": ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointIds", 5, 1000),
    "DescribeLaunchTemplateVersions": (
        "describe_launch_template_versions", "LaunchTemplateVersions", "Versions", 1, 200,
    ),
    "GetSubnetCidrReservations": ("get_subnet_cidr_reservations", "SubnetIpv4CidrReservations", None, 5, 1000),
    "DescribeInstances": ("describe_instances", "Reservations", "InstanceIds", 5, 1000),
}

settings = {"maxPage": None}  # set through /rig/settings: the server may return fewer than asked for
replays: dict[str, list] = {}  # action: items in the JSON form of the AWS CLI, served instead of moto's own


def _start(token) -> int:
    if not token:
        return 0
    try:
        return int(base64.b64decode(token.encode(), validate=True).decode().removeprefix("rig:"))
    except (binascii.Error, ValueError) as e:
        raise EC2ClientError("InvalidPaginationToken", "The pagination token is invalid.") from e


def _check(response, action) -> int | None:
    """MaxResults, when the request may have it; EC2 looks at parameters before it looks anything up."""
    _, _, ids, low, high = PAGED[action]
    asked = response._get_param("MaxResults")
    if asked is not None:
        asked = int(asked)
        if ids and response._get_param(ids):
            raise EC2ClientError(
                "InvalidParameterCombination",
                f"The parameter {ids} cannot be used with the parameter maxResults",
            )
        if not low <= asked <= high:
            side = f"greater than {low}" if asked < low else f"less than {high}"
            raise EC2ClientError(
                "InvalidParameterValue",
                f"Value ( {asked} ) for parameter maxResults is invalid. Expecting a value {side}.",
            )
    return asked


def _page(response, key, result, asked):
    token = response._get_param("NextToken")
    items, start = list(result.get(key) or []), _start(token)
    sizes = [n for n in (asked, settings["maxPage"] if asked or token else None) if n]
    end = start + min(sizes) if sizes else len(items)
    more = base64.b64encode(f"rig:{end}".encode()).decode() if end < len(items) else None
    return {**result, key: items[start:end], "NextToken": more}


def _paged(action, original):
    def call(self):
        asked = _check(self, action)
        if action in replays:
            result = {PAGED[action][1]: replays[action]}
        elif action == "DescribeInstances":
            result = {"Reservations": _reservations(self)}
        else:
            result = original(self).result
        return ActionResult(_page(self, PAGED[action][1], result, asked))

    return call


def _reservations(response):
    filters, ids = response._filters_from_querystring(), response._get_param("InstanceIds", [])
    if ids:
        return response.ec2_backend.get_reservations_by_instance_ids(ids, filters=filters)
    return response.ec2_backend.describe_instances(filters=filters)


def install() -> None:
    for action, (method, *_rest) in PAGED.items():
        setattr(EC2Response, method, _paged(action, getattr(EC2Response, method)))
