"""Interfaces that AWS services make for themselves. No public call creates them, so the rig's admin path does."""

from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.nat_gateways import NatGatewayBackend
from moto.ec2.models.vpcs import VPCBackend
from moto.moto_api._internal import mock_random

_attachment = NetworkInterface.attachment.fget
_make_nat = NatGatewayBackend.create_nat_gateway
_drop_nat = NatGatewayBackend.delete_nat_gateway


def attachment(self):
    return getattr(self, "service_attachment", None) or _attachment(self)


def hold(eni, *, interface_type, description, requester_id, managed, holder, attach_time=None) -> None:
    """Marks an interface as attached to something of `holder`, the way replies show it: no instance id, device 1."""
    eni.interface_type, eni.description = interface_type, description
    eni.requester_id, eni.requester_managed = requester_id, managed
    eni.status = "in-use"
    eni.service_attachment = {
        "AttachmentId": f"{'ela' if holder == 'amazon-aws' else 'eni'}-attach-{mock_random.get_random_hex(17)}",
        "DeleteOnTermination": False,
        "DeviceIndex": 1,
        "InstanceOwnerId": holder,
        "Status": "attached",
        **({"AttachTime": attach_time} if attach_time else {}),
    }


def create(account: str, region: str, spec: dict):
    backend = ec2_backends[account][region]
    eni = backend.create_network_interface(
        spec["subnetId"],
        spec.get("privateIpAddress"),
        group_ids=spec.get("groups"),
        tags=spec.get("tags"),
        explicit=True,
    )
    hold(
        eni,
        interface_type=spec.get("interfaceType", "interface"),
        description=spec.get("description", ""),
        requester_id=spec.get("requesterId", account),
        managed=spec.get("requesterManaged", True),
        holder=spec.get("instanceOwnerId", "amazon-aws"),
        attach_time=spec.get("attachTime"),
    )
    return eni


def create_nat_gateway(self, *args, **kwargs):
    nat = _make_nat(self, *args, **kwargs)
    hold(
        nat._eni,
        interface_type="nat_gateway",
        description=f"Interface for NAT Gateway {nat.id}",
        requester_id=self.account_id,
        managed=True,
        holder="amazon-aws",
    )
    return nat


def delete_nat_gateway(self, nat_gateway_id):
    nat = _drop_nat(self, nat_gateway_id)
    self.enis.pop(nat._eni.id, None)
    return nat


def _with_endpoint_interfaces(original):
    def create_vpc_endpoint(self, *args, **kwargs):
        endpoint = original(self, *args, **kwargs)
        for eni_id in endpoint.network_interface_ids:
            eni = self.enis[eni_id]
            eni._group_set = [self.get_security_group_from_id(g) for g in endpoint.security_group_ids] or eni._group_set
            hold(
                eni,
                interface_type="vpc_endpoint",
                description=f"VPC Endpoint Interface {endpoint.id}",
                requester_id=self.account_id,
                managed=True,
                holder="amazon-aws",
            )
        return endpoint

    return create_vpc_endpoint


def install() -> None:
    NetworkInterface.attachment = property(attachment)
    NatGatewayBackend.create_nat_gateway = create_nat_gateway
    NatGatewayBackend.delete_nat_gateway = delete_nat_gateway
    VPCBackend.create_vpc_endpoint = _with_endpoint_interfaces(VPCBackend.create_vpc_endpoint)
