"""Migration platforms, a row each.

A row states where the platform listens, what its streams begin with, how many streams one migration has, and where its
bandwidth is limited. A new platform is a row here and a word in `words.Platform`.

Ports that others use too prove nothing by themselves: `migration` then asks for the platform's first bytes, or for bulk towards
the listening side. Sources: the vendors' documentation of ports and bandwidth limits; the QEMU migration stream and its multifd
channels for the first bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from flowmap.dataclass import dataclass
from flowmap.message import Message, msg
from flowmap.words import Platform

__all__ = ["CAPS", "CHANNELED", "KINDS", "MAGICAL", "MAGICS", "PORTS", "SEPARATE", "MigrationPlatform", "Port"]

KINDS: tuple[Platform, ...] = get_args(Platform)
MAGICS = (0x5145564D, 0x11223344)
"""First four bytes of a QEMU migration stream ("QEVM") and of a multifd channel, big endian."""


@dataclass(frozen=True)
class Port:
    """A range of listening ports. `shared`: others listen there too, more evidence is needed."""

    low: int
    high: int
    kind: Platform
    shared: bool = True


@dataclass(frozen=True)
class MigrationPlatform:
    """What is known of one platform.

    `own` and `shared`: its listening ports, (first, last), with nothing else on them and with others. `magic`: its streams may
    begin with MAGICS. `channels`: a migration may have thin streams beside the thick one. `separate`: each thick stream is a
    migration of its own, because all use one port at the same time. `cap`: the setting that limits its bandwidth.
    """

    own: tuple[tuple[int, int], ...] = ()
    shared: tuple[tuple[int, int], ...] = ()
    magic: bool = False
    channels: bool = False
    separate: bool = False
    cap: Message | None = None

    def ports(self, kind: Platform) -> Iterator[Port]:
        """Yield its ports under this name."""
        for shared, ranges in ((False, self.own), (True, self.shared)):
            yield from (Port(low, high, kind, shared) for low, high in ranges)


_SMB_LIMITS = msg("Get-SmbBandwidthLimit and network QoS policies")
_PLATFORMS: dict[Platform, MigrationPlatform] = {
    "hyper-v": MigrationPlatform(own=((6600, 6600),), separate=True, cap=_SMB_LIMITS),
    "smb": MigrationPlatform(shared=((445, 445),), separate=True, cap=_SMB_LIMITS),
    "vmotion": MigrationPlatform(shared=((8000, 8000), (902, 902)), cap=msg("vSphere's Network I/O Control")),
    "qemu": MigrationPlatform(
        shared=((49152, 49215), (16509, 16509), (16514, 16514), (22, 22)),
        magic=True,
        channels=True,
        cap=msg("QEMU's max-bandwidth"),
    ),
    "ovirt": MigrationPlatform(
        shared=((49216, 49216), (54321, 54321)), magic=True, channels=True, cap=msg("oVirt's migration_max_bandwidth")
    ),
    "proxmox": MigrationPlatform(
        shared=((60000, 60050),), magic=True, channels=True, cap=msg("bwlimit in Proxmox VE's datacenter.cfg")
    ),
    "xen": MigrationPlatform(own=((8002, 8002),), shared=((443, 443), (80, 80))),
    "custom": MigrationPlatform(magic=True),
}
"""By the word in reports. "custom" is what --migration-port names."""

PORTS = tuple(port for kind, platform in _PLATFORMS.items() for port in platform.ports(kind))
MAGICAL = tuple(kind for kind, platform in _PLATFORMS.items() if platform.magic)
CHANNELED = tuple(kind for kind, platform in _PLATFORMS.items() if platform.channels)
SEPARATE = tuple(kind for kind, platform in _PLATFORMS.items() if platform.separate)
CAPS = {kind: platform.cap for kind, platform in _PLATFORMS.items() if platform.cap is not None}
