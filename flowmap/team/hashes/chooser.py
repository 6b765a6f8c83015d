"""Who chooses the member, by the name that people give it: a policy that can be replayed, a mode, or just a hash key.

In goes a name as it is typed, out comes what that chooser looks at. A policy of `hashpolicy` is computed from headers; of
every other one only the key is known, from the expectation table or because it was named: equal keys stay together.
"""

from __future__ import annotations

from collections.abc import Hashable

from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.team.hashes.fields import Fields
from flowmap.team.hashes.policy import CURRENT, POLICIES, VARIANTS, Policy, Variant, variant, variants_of
from flowmap.team.modes.table import Row, canonical_algorithm, find_rows

__all__ = ["HASH_KEYS", "Chooser", "find_chooser", "key_of"]

HASH_KEYS = ("mac", "smac+vlan", "mac+ip", "dst", "ip", "4tuple")
"""Keys that may be named themselves, for a hash whose function is a secret."""


@dataclass(frozen=True, slots=True)
class Chooser:
    """`name` as it is shown.

    `key`: one of HASH_KEYS, or `vport`, `active`, `rr`, `all`. `policy`: where it can be replayed, in its `variant`;
    `asked`: that one and no other. `platforms`: whose it is, by the expectation table.
    """

    name: str
    key: str
    policy: Policy | None = None
    variant: Variant | None = None
    asked: bool = False
    platforms: frozenset[str] = frozenset()


def find_chooser(name: str, of_variant: str | None = None) -> Chooser:
    """Return the chooser of that name; `of_variant` is one of the policy's, or a kernel version, and does not touch others.

    Raises ConfigError with the names there are.

    >>> find_chooser("l3+4").policy.name, find_chooser("TransportPorts").key
    ('layer3+4', '4tuple')
    """
    plain = name.strip().casefold()
    last = plain.rpartition("/")[2]
    policy = POLICIES.get(last) or POLICIES.get(canonical_algorithm(last) or "")
    if last != plain and not find_rows(name):
        policy = None
    if policy is not None:
        platforms = frozenset({"vsphere"} if policy.name == "ip-hash" else ())
        return Chooser(policy.name, policy.key, policy, _variant(policy, of_variant), of_variant is not None, platforms)
    if plain in HASH_KEYS:
        return Chooser(plain, plain)
    rows = _rows(name)
    keys = {row.tx for row in rows}
    if len(keys) > 1:
        raise ConfigError(
            msg(
                "--policy {name}: it goes by its algorithm: name that, or one of the keys {keys}",
                name=name,
                keys=", ".join(HASH_KEYS),
            )
        )
    (key,) = keys
    key = {"opaque": "4tuple", "primary": "active"}.get(key, key)
    return Chooser(name.strip(), key, platforms=frozenset(row.platform for row in rows))


def _rows(name: str) -> list[Row]:
    rows = find_rows(name)
    if not rows:
        known = ", ".join([*POLICIES, *HASH_KEYS])
        raise ConfigError(
            msg(
                "--policy {name}: unknown; known are the policies and keys {known}, and the modes and algorithms of "
                "`flowmap explain MODE`",
                name=name,
                known=known,
            )
        )
    return rows


def _variant(policy: Policy, name: str | None) -> Variant:
    """Return the variant asked for, where the policy has such a one; else the newest."""
    own = variants_of(policy)
    newest = CURRENT if CURRENT in own else own[0]
    if name is None:
        return newest
    try:
        wanted = variant(name.strip())
    except KeyError:
        known = ", ".join([*(one.name for one in VARIANTS), *(one.name for one in variants_of(POLICIES["ip-hash"]))])
        raise ConfigError(
            msg("--variant {name}: unknown; known are kernel versions and {known}", name=name, known=known)
        ) from None
    return wanted if wanted in own or (wanted in VARIANTS and policy.chooser == "Linux bonding") else newest


def key_of(chooser: Chooser, fields: Fields) -> Hashable | None:
    """Return what this chooser tells packets apart by; None where the fields do not have it.

    >>> key_of(Chooser("dst", "dst"), Fields.of({"src_ip": "10.0.0.1", "dst_ip": "10.0.0.2"}))
    (4, 167772162)
    """
    macs = None if fields.src_mac is None or fields.dst_mac is None else (fields.src_mac, fields.dst_mac)
    addresses = None if fields.src_ip is None or fields.dst_ip is None else (fields.src_ip, fields.dst_ip)
    if chooser.key in ("active", "rr", "all"):
        return ()
    if chooser.key == "mac" or addresses is None:
        return macs
    if chooser.key in ("smac+vlan", "vport"):
        return None if fields.src_mac is None else (fields.src_mac, fields.vlan)
    if chooser.key == "mac+ip":
        return None if macs is None else (macs, addresses)
    if chooser.key == "dst":
        return fields.dst_ip
    if chooser.key == "ip" or fields.fragment:
        return addresses
    return (addresses, fields.proto, fields.src_port, fields.dst_port)
