"""Transmit hash policies that can be computed from a packet's headers: Linux bonding, vSphere IP hash, plain xors.

In go header fields, out comes the member as an index, or nothing where headers do not decide it. Indexes are in the
chooser's own order (Linux: the usable slaves), which no capture shows: callers compare up to a renaming of members.

Linux changed the arithmetic several times and distributions backport, so a policy is computed under a `Variant`, named
after the first release that has it. `encap3+4` prefers a random number of the socket to the headers: computed only for
what no socket sent. The `encap` policies look into tunnels: not computed for those, whose inner headers are not told.
Source: Linux drivers/net/bonding/bond_main.c as it changed with commits 32819dc1, ce04d635, b5f86218, 58deb77c,
7b8fc010, 49aefd13; member indexes recorded from a 6.1 kernel are matched exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from flowmap.dataclass import dataclass
from flowmap.team.hashes.fields import (
    ALL,
    ICMP_ERRORS,
    ICMP_WITH_ID,
    WITH_PORTS,
    Columns,
    Fields,
    Words,
    words_of,
    words_of_columns,
)

__all__ = [
    "CURRENT",
    "POLICIES",
    "VARIANTS",
    "Columns",
    "Fields",
    "Policy",
    "Variant",
    "hash_value",
    "hash_values",
    "member_index",
    "member_indexes",
    "variant",
    "variants_of",
]

Array = np.ndarray[Any, Any]
_LINUX = "Linux bonding"
_SPI = frozenset({50, 51})  # ESP and AH: the driver takes the SPI for ports
_ENCAP = frozenset({"encap2+3", "encap3+4"})
_TUNNELS = frozenset({4, 41, 47})  # IP in IP, GRE: recognised by the encap policies
_INSIDE = frozenset({0x8864, 0x88CA})  # PPPoE, TIPC: of these they take addresses that the fields do not have
_WITHOUT_ADDRESSES = frozenset({0x0806, 0x8035, 0x8847, 0x8848, 0x88F7, 0x8906})
"""ARP, RARP, MPLS, PTP, FCoE: to the encap policies these are packets whose addresses and ports are 0."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`name` as the report has it; `chooser`: what has it; `key`: the fields it looks at, a key of `verdict.policy`."""

    name: str
    chooser: str
    key: Literal["mac", "smac+vlan", "mac+ip", "ip", "4tuple"]
    computable: bool = True


POLICIES: Mapping[str, Policy] = {
    policy.name: policy
    for policy in (
        Policy("layer2", _LINUX, "mac"),
        Policy("layer2+3", _LINUX, "mac+ip"),
        Policy("layer3+4", _LINUX, "4tuple"),
        Policy("encap2+3", _LINUX, "mac+ip"),
        Policy("encap3+4", _LINUX, "4tuple", computable=False),
        Policy("vlan+srcmac", _LINUX, "smac+vlan"),
        Policy("ip-hash", "VMware vSphere", "ip"),
        Policy("xor-mac", "last bytes of the MACs, xor", "mac"),
        Policy("xor-ip", "all bytes of the addresses, xor", "ip"),
        Policy("xor-4tuple", "all bytes of addresses and ports, xor", "4tuple"),
    )
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One state of the Linux arithmetic; of the others, only vSphere's has two descriptions (`octet`).

    `ethertype`: how it enters layer 2. `shift`: which folded policies lose bit 0. `icmp`: echo ids stand in for ports.
    `order`: of the sender's CPU; without effect where the number of members is a power of two (up to 128).
    `octet`: vSphere takes the last octets only, not whole addresses (the same where the members divide 256).
    """

    name: str
    fold: bool = True
    ethertype: Literal["none", "raw", "host"] = "host"
    shift: Literal["none", "all", "ports"] = "ports"
    icmp: bool = True
    vlan_srcmac: bool = True
    order: Literal["little", "big"] = "little"
    octet: bool = True


VARIANTS: tuple[Variant, ...] = (
    Variant("before-3.13", False, "none", "none", False, False),
    Variant("3.13", True, "none", "none", False, False),
    Variant("3.17", True, "raw", "none", False, False),
    Variant("4.15", True, "raw", "all", False, False),
    Variant("5.5", True, "raw", "all", True, False),
    Variant("5.12", True, "raw", "all", True, True),
    Variant("5.15", True, "host", "all", True, True),
    Variant("5.18-raw", True, "raw", "ports", True, True),  # a backport of the next change alone
    Variant("5.18", True, "host", "ports", True, True),
)
"""Every state a kernel in use can be in, oldest first. Release numbers go by commit dates; stable trees backport."""

_LAST_CHANGE: Mapping[tuple[int, int], int] = {(5, 15): 38, (5, 17): 6}
"""Patch levels of stable kernels (May 2022) from which on they have commit 49aefd13; inferred from dates."""

CURRENT = next(one for one in VARIANTS if one.name == "5.18")


_VSPHERE = (Variant("last-octet"), Variant("whole-address", octet=False))
_PLAIN = (Variant("plain"),)


def variants_of(policy: Policy) -> tuple[Variant, ...]:
    """Return the variants in which the policy is known to exist."""
    if policy.chooser == _LINUX:
        return tuple(one for one in VARIANTS if one.vlan_srcmac or policy.name != "vlan+srcmac")
    return _VSPHERE if policy.name == "ip-hash" else _PLAIN


def variant(name: str) -> Variant:
    """Return the variant of that name, or of a kernel of that version. Raises KeyError.

    Mainline, but for the last change, which stable kernels got soon: distributions' own numbers (5.15.0-91) are taken for
    kernels that have it.

    >>> variant("4.15").shift, variant("6.1.0-56-amd64").name, variant("2.6.32").name, variant("5.15.0-91-generic").name
    ('all', '5.18', 'before-3.13', '5.18')
    """
    named = {one.name: one for one in (*VARIANTS, *_VSPHERE, *_PLAIN)}
    if name in named:
        return named[name]
    wanted = _release(name)
    if wanted is None:
        raise KeyError(name)
    patch = re.match(r"\d+\.\d+\.(\d+)(-?)", name)
    if (
        patch
        and wanted in _LAST_CHANGE
        and (int(patch[1]) >= _LAST_CHANGE[wanted] or (patch[1], patch[2]) == ("0", "-"))
    ):
        return CURRENT
    releases = [(release, one) for one in VARIANTS if (release := _release(one.name)) is not None]
    return [VARIANTS[0], *(one for release, one in releases if release <= wanted)][-1]


def _release(name: str) -> tuple[int, int] | None:
    """Return major and minor number of a kernel version; None for other texts, such as a variant of a backport."""
    found = re.match(r"(\d{1,3})\.(\d{1,3})(?!\d|-raw)", name)
    return (int(found[1]), int(found[2])) if found else None


def member_index(policy: Policy, variant: Variant, n: int, fields: Fields) -> int | None:
    """Index of the member, 0 to n-1, that `policy` gives a packet; None where its headers do not decide.

    >>> ports = {"proto": 6, "src_port": 49666, "dst_port": 6600}
    >>> packet = Fields.of({"src_ip": "10.0.0.11", "dst_ip": "10.0.0.21", **ports})
    >>> [member_index(POLICIES["layer3+4"], CURRENT, n, packet) for n in (2, 3, 4)]
    [1, 2, 3]
    """
    value = hash_value(policy, variant, fields)
    return None if value is None else value % n


def hash_value(policy: Policy, variant: Variant, fields: Fields) -> int | None:
    """Return the 32-bit value before the modulo; None where the headers do not decide."""
    words = words_of(fields, variant.icmp)
    if not policy.computable and words.is_ip and fields.socket_hash:
        return None
    if not _decided(policy, variant, fields, words):
        return None
    return int(_VALUES[policy.name](variant, words))


def member_indexes(policy: Policy, variant: Variant, n: int, columns: Columns) -> Array:
    """Return (m,) int64 member indexes of many packets, -1 where the headers do not decide."""
    values = hash_values(policy, variant, columns)
    return np.where(values < 0, -1, values % n)


def hash_values(policy: Policy, variant: Variant, columns: Columns) -> Array:
    """Return (m,) int64 values before the modulo, -1 where the headers do not decide."""
    if not policy.computable or (policy.name == "vlan+srcmac" and not variant.vlan_srcmac):
        return np.full(len(columns.version), -1, dtype=np.int64)
    values: Array = _VALUES[policy.name](variant, words_of_columns(columns))
    return np.where((columns.version == 6) & _only_ipv4(policy, variant), -1, values)


def _only_ipv4(policy: Policy, variant: Variant) -> bool:
    """Return what old kernels and vSphere do with IPv6 addresses is not documented well enough to be computed."""
    if policy.name == "ip-hash":
        return True
    return not variant.fold and policy.name in ("layer2+3", "layer3+4", "encap2+3")


def _decided(policy: Policy, variant: Variant, f: Fields, words: Words) -> bool:
    """Return whether the fields that this policy looks at are there."""
    if policy.name == "vlan+srcmac":
        return variant.vlan_srcmac and f.src_mac is not None
    macs = f.src_mac is not None and f.dst_mac is not None
    if policy.key == "mac":
        return macs and (policy.name != "layer2" or variant.ethertype == "none" or f.ethertype is not None)
    if not words.is_ip:
        return policy.chooser == _LINUX and macs and words.ethertype not in _unknown_types(policy, variant)
    if policy.name in _ENCAP and f.proto in _TUNNELS:
        return False
    if _only_ipv4(policy, variant) and f.src_ip is not None and f.src_ip[0] == 6:
        return False
    if policy.key == "mac+ip" and not macs:
        return False
    return policy.key == "ip" or not _hidden(policy, variant, f)


def _unknown_types(policy: Policy, variant: Variant) -> frozenset[int]:
    """Return EtherTypes other than IP for which it is not known what the policy makes of them (older kernels know fewer)."""
    if policy.name not in _ENCAP:
        return frozenset()
    return _INSIDE if variant.vlan_srcmac else _INSIDE | _WITHOUT_ADDRESSES


def _hidden(policy: Policy, variant: Variant, f: Fields) -> bool:
    """Return whether what decides is deeper in the packet than these fields: SPIs, quoted packets, ports not told."""
    if f.fragment:
        return False
    if f.proto is not None and f.proto in ICMP_WITH_ID and variant.icmp:
        quoted = f.icmp_type is None or f.icmp_type in ICMP_ERRORS[f.proto]
        if quoted and (policy.name not in _ENCAP or (policy.key == "4tuple" and f.icmp_type is None)):
            return True
        return policy.key == "4tuple" and variant.order == "big" and f.icmp_type in ICMP_WITH_ID[f.proto]
    if policy.key != "4tuple":
        return False
    return f.proto is None or f.proto in _SPI or (f.proto in WITH_PORTS and None in (f.src_port, f.dst_port))


def _layer2(variant: Variant, w: Words) -> Any:
    """Return e: last bytes of the MACs, and the EtherType as this kernel reads it."""
    macs = (w.src_mac ^ w.dst_mac) & 0xFF
    if variant.ethertype == "none":
        return macs
    if variant.ethertype == "host" or variant.order == "big":
        return macs ^ w.ethertype
    return macs ^ (w.ethertype >> 8 | (w.ethertype & 0xFF) << 8)


def _folded(variant: Variant, word: Any, ports: bool) -> Any:
    """Return f, and the shift where this kernel has it; `word` as the sender's CPU reads it."""
    word = word ^ word >> 16
    word = word ^ word >> 8
    return word >> 1 if variant.shift == "all" or (variant.shift == "ports" and ports) else word


def _cpu(variant: Variant, word: Any) -> Any:
    """Return a word in network order as the sender's CPU reads it."""
    if variant.order == "big":
        return word
    return (word & 0xFF) << 24 | (word & 0xFF00) << 8 | word >> 8 & 0xFF00 | word >> 24


def _layer23(variant: Variant, w: Words) -> Any:
    link = _layer2(variant, w)
    value = _folded(variant, link ^ _cpu(variant, w.addresses), ports=False)
    if not variant.fold:
        value = link ^ w.addresses & 0xFFFF
    return value & w.is_ip | link & (w.is_ip ^ ALL)


def _layer34(variant: Variant, w: Words) -> Any:
    if variant.fold:
        value = _folded(variant, _cpu(variant, w.ports ^ w.addresses), ports=True)
    else:
        value = (w.ports >> 16 ^ w.ports ^ w.addresses) & 0xFFFF
    return value & w.is_ip | _layer2(variant, w) & (w.is_ip ^ ALL)


def _without_addresses(w: Words) -> bool:
    return isinstance(w.is_ip, int) and not w.is_ip and w.ethertype in _WITHOUT_ADDRESSES


def _encap23(variant: Variant, w: Words) -> Any:
    return _folded(variant, _layer2(variant, w), ports=False) if _without_addresses(w) else _layer23(variant, w)


def _encap34(variant: Variant, w: Words) -> Any:
    return 0 if _without_addresses(w) else _layer34(variant, w)


def _vlan_srcmac(_: Variant, w: Words) -> Any:
    return w.vlan ^ w.src_mac >> 24 ^ w.src_mac & 0xFFFFFF


def _ip_hash(variant: Variant, w: Words) -> Any:
    return w.addresses & (0xFF if variant.octet else ALL)


def _bytes(word: Any) -> Any:
    """Return the four bytes of a word, xor."""
    word = word ^ word >> 16
    return (word ^ word >> 8) & 0xFF


_VALUES: Mapping[str, Callable[[Variant, Words], Any]] = {
    "layer2": _layer2,
    "layer2+3": _layer23,
    "layer3+4": _layer34,
    "encap2+3": _encap23,
    "encap3+4": _encap34,
    "vlan+srcmac": _vlan_srcmac,
    "ip-hash": _ip_hash,
    "xor-mac": lambda _, w: (w.src_mac ^ w.dst_mac) & 0xFF,
    "xor-ip": lambda _, w: _bytes(w.addresses),
    "xor-4tuple": lambda _, w: _bytes(w.addresses ^ w.ports),
}
