"""Subnets that another account shares with this one (RAM): who owns them, and that his interfaces are not listed here."""

from moto.ec2.models.elastic_network_interfaces import NetworkInterfaceBackend
from moto.ec2.models.subnets import Subnet

_own = Subnet.owner_id.fget


def share(backend, subnet_id: str, owner: str, hidden: list[str]) -> None:
    """`hidden`: interfaces of the owner. They take addresses as before."""
    backend.get_subnet(subnet_id).shared_by = owner
    for eni_id in hidden:
        backend.enis[eni_id].hidden = True


def install() -> None:
    """After the interfaces' own search is in place."""
    find = NetworkInterfaceBackend.get_all_network_interfaces

    def listed(self, eni_ids=None, filters=None):
        return [e for e in find(self, eni_ids, filters) if not getattr(e, "hidden", False)]

    NetworkInterfaceBackend.get_all_network_interfaces = listed
    Subnet.owner_id = property(lambda self: getattr(self, "shared_by", None) or _own(self))
