"""Which addresses of a subnet are taken, and which EC2 would hand out next.

moto draws at random from the whole CIDR, without looking at what it gave before; it knows no /28 prefixes.
"""

from ipaddress import IPv4Address, IPv4Network

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.subnets import Subnet
from moto.moto_api._internal import mock_random

PREFIX_SIZE = 16


class NoFreeAddress(EC2ClientError):
    def __init__(self, subnet):
        super().__init__(
            "InsufficientFreeAddressesInSubnet",
            f"The specified subnet does not have enough free addresses to satisfy the request. ({subnet.id})",
        )


class NoFreeBlock(EC2ClientError):
    def __init__(self):
        super().__init__(
            "InsufficientCidrBlocks",
            "The specified subnet does not have enough free cidr blocks to satisfy the request.",
        )


class AddressInUse(EC2ClientError):
    def __init__(self, address):
        super().__init__("InvalidIPAddress.InUse", f"Address {address} is in use.")


class AddressOutside(EC2ClientError):
    def __init__(self):
        super().__init__("InvalidParameterValue", "Address does not fall within the subnet's address range")


class Space:
    """The IPv4 space of one subnet as its interfaces leave it."""

    def __init__(self, subnet):
        self.subnet = subnet
        self.net = IPv4Network(subnet.cidr_block)
        self.first, self.last = int(self.net[0]), int(self.net[-1])
        self.singles: set[int] = set()
        self.blocks: set[int] = set()
        for eni in subnet.ec2_backend.enis.values():
            if eni.subnet.id == subnet.id:
                self.singles.update(int(IPv4Address(a["PrivateIpAddress"])) for a in eni.private_ip_addresses)
                self.blocks.update(int(IPv4Network(p)[0]) for p in getattr(eni, "prefixes", []))
        v4 = [r for r in subnet._cidr_reservations if r.cidr.version == 4]
        self.prefix_space = [r.cidr for r in v4 if r.reservation_type == "prefix"]
        self.explicit_space = [r.cidr for r in v4 if r.reservation_type == "explicit"]

    def reserved(self, number: int) -> bool:
        return number < self.first + 4 or number == self.last

    def taken(self, number: int) -> bool:
        return self.reserved(number) or number in self.singles or number - number % PREFIX_SIZE in self.blocks

    @staticmethod
    def _inside(number: int, spaces) -> bool:
        return any(int(space[0]) <= number <= int(space[-1]) for space in spaces)

    def free_singles(self) -> list[int]:
        """Addresses EC2 gives out by itself: reservations of either type are left alone."""
        kept = [*self.prefix_space, *self.explicit_space]
        return [n for n in range(self.first + 4, self.last) if not self.taken(n) and not self._inside(n, kept)]

    def free_blocks(self) -> list[int]:
        """Aligned /28s without a used or EC2-reserved address, those inside a prefix reservation first."""
        free = [
            base
            for base in range(self.first, self.last, PREFIX_SIZE)
            if not self._inside(base, self.explicit_space)
            and not any(self.taken(n) for n in range(base, base + PREFIX_SIZE))
        ]
        return sorted(free, key=lambda base: (not self._inside(base, self.prefix_space), base))

    def available(self) -> int:
        """AvailableIpAddressCount: a prefix costs 16; the unused part of a prefix reservation is not counted."""
        free = self.last - self.first + 1 - 5 - len(self.singles) - PREFIX_SIZE * len(self.blocks)
        idle = sum(
            1
            for space in self.prefix_space
            for n in range(int(space[0]), int(space[-1]) + 1)
            if not self.taken(n)
        )
        return free - idle

    def take_single(self, wanted: str | None = None) -> str:
        if wanted is None:
            free = self.free_singles()
            if not free:
                raise NoFreeAddress(self.subnet)
            number = mock_random.choice(free)
        else:
            number = int(IPv4Address(wanted))
            if not self.first <= number <= self.last:
                raise AddressOutside()
            if self.taken(number):
                raise AddressInUse(wanted)
        self.singles.add(number)
        return str(IPv4Address(number))

    def take_block(self, wanted: str | None = None) -> str:
        if wanted is None:
            free = self.free_blocks()
            if not free:
                raise NoFreeBlock()
            base = free[0]
        else:
            net = IPv4Network(wanted)
            base = int(net[0])
            if net.prefixlen != 28 or not self.first <= base <= self.last:
                raise AddressOutside()
            if any(self.taken(n) for n in range(base, base + PREFIX_SIZE)):
                raise AddressInUse(wanted)
        self.blocks.add(base)
        return f"{IPv4Address(base)}/28"


def _next_address(self, instance) -> str:
    return Space(self).take_single()


def _request_address(self, ip, instance) -> None:
    Space(self).take_single(ip)


def install() -> None:
    Subnet.available_ip_address_count = property(lambda self: Space(self).available() if self.cidr_block else 0)
    Subnet.get_available_subnet_ip = _next_address
    Subnet.request_ip = _request_address
