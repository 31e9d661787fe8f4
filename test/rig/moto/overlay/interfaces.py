"""Network interfaces: prefixes, types, owners, trunk associations, limits and the filters moto answers 500 to."""

from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv6Address, IPv6Network

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import elastic_network_interfaces as enis
from moto.ec2.models.instances import Instance
from moto.ec2.responses import EC2Response
from moto.ec2.utils import add_tag_specification
from moto.moto_api._internal import mock_random

from .addresses import NoFreeBlock, Space

Interface = enis.NetworkInterface
Backend = enis.NetworkInterfaceBackend

_make = Backend.create_network_interface
_prep_nics = Instance.prep_nics
_attach_eni = Instance.attach_eni


def _single(address: str, primary: bool) -> dict:
    return {"Primary": primary, "PrivateIpAddress": address}


def create(self, subnet, private_ip_address=None, private_ip_addresses=None, *args, **kwargs):
    """As EC2: nothing twice, nothing reserved; all of a request or nothing of it."""
    subnet = self.get_subnet(subnet) if isinstance(subnet, str) else subnet
    prefixes, prefix_count = kwargs.pop("prefixes", []), kwargs.pop("prefix_count", 0)
    interface_type = kwargs.pop("interface_type", "interface")
    secondaries = int(kwargs.pop("secondary_ips_count", None) or 0)
    explicit = kwargs.pop("explicit", False)
    space = Space(subnet)
    listed = [a["PrivateIpAddress"] if isinstance(a, dict) else a for a in private_ip_addresses or []]
    if private_ip_address and not explicit and not space.first <= int(IPv4Address(private_ip_address)) <= space.last:
        private_ip_address = None  # NAT gateways and endpoints are made with a random address of anywhere
    try:
        wanted = [private_ip_address, *(a for a in listed if a != private_ip_address)]
        if wanted[0] is None and len(wanted) > 1:
            wanted = wanted[1:]
        addresses = [space.take_single(address) for address in wanted]
        addresses += [space.take_single() for _ in range(secondaries)]
        blocks = [space.take_block(p) for p in prefixes] + [space.take_block() for _ in range(prefix_count)]
    except NoFreeBlock as e:
        message = "There aren't sufficient free Ipv4 addresses or prefixes in the specified subnet."
        raise EC2ClientError("InvalidParameterValue", message) from e
    all_addresses = [_single(address, i == 0) for i, address in enumerate(addresses)]
    eni = _make(self, subnet, addresses[0], all_addresses, *args, **kwargs)
    eni.prefixes, eni.interface_type = blocks, interface_type
    eni.requester_id = f"AROAEXAMPLEID0000000:{self.account_id}"
    host = f"ip-{addresses[0].replace('.', '-')}"
    zone = "ec2.internal" if self.region_name == "us-east-1" else f"{self.region_name}.compute.internal"
    eni.private_dns_name = all_addresses[0]["PrivateDnsName"] = f"{host}.{zone}"
    return eni


def limits(instance):
    """(interfaces, addresses per interface) of the default network card, or None for a type EC2 does not list."""
    info = instance.ec2_backend.describe_instance_types([instance.instance_type])[0].get("NetworkInfo")
    return (info["MaximumNetworkInterfaces"], info["Ipv4AddressesPerInterface"]) if info else None


def assign(self, eni_id, private_ip_addresses=None, secondary_ips_count=None, prefixes=None, prefix_count=0):
    eni = self.get_network_interface(eni_id)
    space = Space(eni.subnet)
    wanted = len(private_ip_addresses or []) + int(secondary_ips_count or 0) + len(prefixes or []) + prefix_count
    if eni.instance and (known := limits(eni.instance)):
        if len(eni.private_ip_addresses) + len(eni.prefixes) + wanted > known[1]:
            raise EC2ClientError(
                "PrivateIpAddressLimitExceeded",
                f"Number of private addresses will exceed limit ({known[1]}) of {eni.instance.instance_type}.",
            )
    singles = [space.take_single(a) for a in private_ip_addresses or []]
    singles += [space.take_single() for _ in range(int(secondary_ips_count or 0))]
    blocks = [space.take_block(p) for p in prefixes or []] + [space.take_block() for _ in range(prefix_count)]
    eni.private_ip_addresses.extend(_single(a, False) for a in singles)
    eni.prefixes.extend(blocks)
    return eni, singles, blocks


def prep_nics(self, nic_spec, *args, **kwargs):
    given = next((n for n in nic_spec if int(n.get("DeviceIndex", 0)) == 0), {})
    keep, text = given.get("DeleteOnTermination"), given.get("Description", "")
    _prep_nics(self, nic_spec, *args, **kwargs)
    if 0 in self.nics:
        self.nics[0].delete_on_termination = True if keep is None else keep
        self.nics[0].description = text


def attach_eni(self, eni, device_index):
    known = limits(self)
    if known and len(self.nics) >= known[0]:
        raise EC2ClientError(
            "AttachmentLimitExceeded", f"Interface count {len(self.nics) + 1} exceeds the limit for {self.instance_type}"
        )
    return _attach_eni(self, eni, device_index)


def delete(self, eni_id):
    eni = self.get_network_interface(eni_id)
    if eni.requester_managed:
        raise EC2ClientError("OperationNotPermitted", f"You are not allowed to manage '{eni_id}'.")
    if eni.status == "in-use" and not getattr(eni, "going", False):
        raise EC2ClientError("InvalidParameterValue", f"Network interface '{eni_id}' is currently in use.")
    self.enis.pop(eni_id)


def delete_with_instance(self):
    self.going = True
    self.ec2_backend.delete_network_interface(eni_id=self.id)


FILTERS = {
    "network-interface-id": lambda e: [e.id],
    "subnet-id": lambda e: [e.subnet.id],
    "vpc-id": lambda e: [e.subnet.vpc_id],
    "availability-zone": lambda e: [e.subnet.availability_zone],
    "availability-zone-id": lambda e: [e.subnet.availability_zone_id],
    "group-id": lambda e: [g.id for g in e._group_set],
    "group-name": lambda e: [g.name for g in e._group_set],
    "description": lambda e: [e.description],
    "status": lambda e: [e.status],
    "interface-type": lambda e: [e.interface_type],
    "mac-address": lambda e: [e.mac_address],
    "owner-id": lambda e: [e.owner_id],
    "requester-id": lambda e: [e.requester_id],
    "requester-managed": lambda e: [str(bool(e.requester_managed)).lower()],
    "private-ip-address": lambda e: [e.private_ip_address],
    "addresses.private-ip-address": lambda e: [a["PrivateIpAddress"] for a in e.private_ip_addresses],
    "attachment.status": lambda e: ["attached"] if e.attachment_id else [],
    "attachment.instance-id": lambda e: [e.instance.id] if e.instance else [],
    "attachment.instance-owner-id": lambda e: [e.owner_id] if e.instance else [],
    "attachment.attachment-id": lambda e: [e.attachment_id] if e.attachment_id else [],
    "attachment.device-index": lambda e: [str(e.device_index)] if e.attachment_id else [],
    "attachment.network-card-index": lambda e: ["0"] if e.attachment_id else [],
    "attachment.delete-on-termination": lambda e: [str(bool(e.delete_on_termination)).lower()],
    "tag-key": lambda e: [t["key"] for t in e.get_tags()],
    "tag-value": lambda e: [t["value"] for t in e.get_tags()],
}


def matches(eni, filters) -> bool:
    for name, wanted in (filters or {}).items():
        if name.startswith("tag:"):
            have = [t["value"] for t in eni.get_tags() if t["key"] == name[4:]]
        elif name in FILTERS:
            have = FILTERS[name](eni)
        else:
            raise EC2ClientError("InvalidParameterValue", f"The filter '{name}' is invalid")
        if not any(fnmatchcase(str(value), pattern) for value in have for pattern in wanted):
            return False
    return True


def find(self, eni_ids=None, filters=None):
    known = list(self.enis.values())
    for eni_id in eni_ids or []:
        if eni_id not in self.enis:
            raise enis.InvalidNetworkInterfaceIdError(eni_id)
    return [e for e in known if (not eni_ids or e.id in eni_ids) and matches(e, filters)]


def response_create(self):
    self.error_on_dryrun()
    eni = self.ec2_backend.create_network_interface(
        self._get_param("SubnetId"),
        self._get_param("PrivateIpAddress"),
        self._get_param("PrivateIpAddresses", []),
        self._get_param("Groups", []),
        self._get_param("Description"),
        add_tag_specification(self._get_param("TagSpecifications", [])),
        explicit=True,
        secondary_ips_count=self._get_param("SecondaryPrivateIpAddressCount"),
        ipv6_addresses=[i["Ipv6Address"] for i in self._get_param("Ipv6Addresses", [])],
        ipv6_address_count=self._get_int_param("Ipv6AddressCount", 0),
        prefixes=[p["Ipv4Prefix"] for p in self._get_param("Ipv4Prefixes", [])],
        prefix_count=self._get_int_param("Ipv4PrefixCount", 0),
        interface_type=self._get_param("InterfaceType", "interface"),
    )
    return ActionResult({"NetworkInterface": eni})


def response_assign(self):
    eni, singles, blocks = self.ec2_backend.assign_private_ip_addresses(
        self._get_param("NetworkInterfaceId"),
        self._get_param("PrivateIpAddresses", []),
        self._get_int_param("SecondaryPrivateIpAddressCount", 0),
        self._get_param("Ipv4Prefixes", []),
        self._get_int_param("Ipv4PrefixCount", 0),
    )
    return ActionResult(
        {
            "NetworkInterfaceId": eni.id,
            "AssignedPrivateIpAddresses": [{"PrivateIpAddress": a} for a in singles],
            "AssignedIpv4Prefixes": [{"Ipv4Prefix": b} for b in blocks],
        }
    )


def response_unassign(self):
    eni = self.ec2_backend.get_network_interface(self._get_param("NetworkInterfaceId"))
    gone = self._get_param("Ipv4Prefixes", [])
    eni.prefixes = [p for p in eni.prefixes if p not in gone]
    self.ec2_backend.unassign_private_ip_addresses(eni.id, self._get_param("PrivateIpAddresses", []))
    return EmptyResult()


def response_assign_ipv6(self):
    eni = self.ec2_backend.get_network_interface(self._get_param("NetworkInterfaceId"))
    prefixes = []
    for _ in range(self._get_int_param("Ipv6PrefixCount", 0)):
        association = next(iter(eni.subnet.ipv6_cidr_block_associations.values()))
        start = int(IPv6Network(association["ipv6CidrBlock"])[0])
        taken = {p for e in self.ec2_backend.enis.values() for p in e.v6_prefixes}
        n = next(n for n in range(1, 65536) if f"{IPv6Address(start + (n << 48))}/80" not in taken)
        prefixes.append(f"{IPv6Address(start + (n << 48))}/80")
        eni.v6_prefixes = [*eni.v6_prefixes, prefixes[-1]]
    eni = self.ec2_backend.assign_ipv6_addresses(
        eni.id, self._get_param("Ipv6Addresses", []), self._get_int_param("Ipv6AddressCount", 0)
    )
    return ActionResult(
        {
            "NetworkInterfaceId": eni.id,
            "AssignedIpv6Addresses": eni.ipv6_addresses,
            "AssignedIpv6Prefixes": prefixes,
        }
    )


def response_modify(self):
    self.error_on_dryrun()
    eni_id = self._get_param("NetworkInterfaceId")
    keep = self._get_param("Attachment.DeleteOnTermination")
    if keep is not None:
        self.ec2_backend.get_network_interface(eni_id).delete_on_termination = keep
    self.ec2_backend.modify_network_interface_attribute(
        eni_id,
        self._get_param("Groups", []),
        self._get_param("SourceDestCheck.Value"),
        self._get_param("Description.Value"),
    )
    return EmptyResult()


def _associations(backend) -> dict:
    if not hasattr(backend, "trunk_associations"):
        backend.trunk_associations = {}
    return backend.trunk_associations


def response_associate_trunk(self):
    branch = self.ec2_backend.get_network_interface(self._get_param("BranchInterfaceId"))
    trunk = self.ec2_backend.get_network_interface(self._get_param("TrunkInterfaceId"))
    if branch.interface_type != "branch" or trunk.interface_type != "trunk":
        raise EC2ClientError("InvalidParameterValue", "A branch and a trunk interface are needed.")
    association = {
        "AssociationId": f"trunk-assoc-{mock_random.get_random_hex(17)}",
        "BranchInterfaceId": branch.id,
        "TrunkInterfaceId": trunk.id,
        "InterfaceProtocol": "VLAN",
        "VlanId": self._get_int_param("VlanId"),
    }
    _associations(self.ec2_backend)[association["AssociationId"]] = association
    branch.status = "in-use"  # and no attachment, as public recordings show
    return ActionResult({"InterfaceAssociation": association})


def response_describe_trunk(self):
    ids = self._get_param("AssociationIds", [])
    known = _associations(self.ec2_backend).values()
    return ActionResult({"InterfaceAssociations": [a for a in known if not ids or a["AssociationId"] in ids]})


def response_disassociate_trunk(self):
    gone = _associations(self.ec2_backend).pop(self._get_param("AssociationId"))
    self.ec2_backend.get_network_interface(gone["BranchInterfaceId"]).status = "available"
    return ActionResult({"Return": True})


def install() -> None:
    Interface.prefixes = []
    Interface.ipv4_prefixes = property(lambda self: [{"Ipv4Prefix": p} for p in self.prefixes])
    Interface.v6_prefixes = []
    Interface.ipv6_prefixes = property(lambda self: [{"Ipv6Prefix": p} for p in self.v6_prefixes])
    Interface.group_set = property(lambda self: self._group_set)
    Interface.delete = delete_with_instance
    Backend.create_network_interface = create
    Backend.assign_private_ip_addresses = assign
    Backend.delete_network_interface = delete
    Backend.get_all_network_interfaces = find
    Instance.prep_nics = prep_nics
    Instance.attach_eni = attach_eni
    EC2Response.create_network_interface = response_create
    EC2Response.assign_private_ip_addresses = response_assign
    EC2Response.assign_ipv6_addresses = response_assign_ipv6
    EC2Response.unassign_private_ip_addresses = response_unassign
    EC2Response.modify_network_interface_attribute = response_modify
    EC2Response.associate_trunk_interface = response_associate_trunk
    EC2Response.describe_trunk_interface_associations = response_describe_trunk
    EC2Response.disassociate_trunk_interface = response_disassociate_trunk
