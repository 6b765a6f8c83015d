"""Who is at the two ends of the members, as their LACPDUs tell: the host, its partners, and what is odd about them.

**Who is the host.** The actor is the sender, so frames that went out carry the host as actor. Where the capture does
not say what went out, a system or source MAC among the host's own addresses tells. Else the systems heard on each
member have to do: {X, S} on one member and {Y, S} on another is either one host S on two switches X and Y, or two
hosts X and Y on one switch S; only if the same host MAC is in the traffic of both captures is S the host, else they are
two hosts. A system alone on one member and in company on the others is the host: a host speaks LACP on all members or
on none, while a switch port may well be left out. The same pair on every member tells nothing: the host is then None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from itertools import combinations
from typing import Literal

from flowmap.dataclass import dataclass
from flowmap.decode.control import INBOUND, OUTBOUND
from flowmap.team.lacp.lacpdu import ACTIVE, DEFAULTED, EXPIRED, SYNC, Lacpdu

__all__ = ["HostSystem", "Kind", "LacpFinding", "Senders", "host_system", "lacp_findings", "of_host", "since_answered"]

_AT_ONCE_NS = 1_000_000_000
Senders = Mapping[int, Mapping[int, Sequence[Lacpdu]]]
"""LACPDUs in time order by member, then by actor system."""


@dataclass(frozen=True, slots=True)
class HostSystem:
    """Which LACP system is the teamed host (None: not to be told), and why.

    `two_hosts`: the captures are of two hosts' teams, so they are not one team.
    """

    system: int | None
    two_hosts: bool
    reason: str


Kind = Literal[
    "no_answer",
    "no_lacpdus",
    "defaulted",
    "expired",
    "not_in_sync",
    "both_passive",
    "different_systems",
    "different_keys",
    "same_port",
    "flapping",
    "collecting_only",
    "individual",
    "too_slow",
    "too_many",
    "timeouts_differ",
    "renumbered",
    "looped",
    "views_differ",
    "partner_changed",
    "several_systems",
    "markers_unanswered",
    "markers_answered",
]
"""What can be wrong or odd; the first nine are told in LacpFinding, the others, signs over time, in `signs.py`."""


_LONELY: dict[Kind, int] = {"defaulted": DEFAULTED, "expired": EXPIRED}


@dataclass(frozen=True, slots=True)
class LacpFinding:
    """Something wrong or odd, with the numbers it rests on.

    `kind` and its evidence (systems are MACs as integers), besides those of lacp_signs:

    - no_answer: one side alone speaks on the member. system, count, of_host (True, False, or None where not known)
    - no_lacpdus: LACPDUs were due on the member, none came. (no evidence)
    - defaulted, expired: the sender runs without a partner, or has not heard it in time (at its start does not count).
      system, count (with the bit), total, at_end (its last LACPDU still has it), last_ns
    - not_in_sync: a sender's last LACPDU has Sync clear, although it hears a partner. system, state
    - both_passive: no side would begin. states
    - different_systems: the members' partners are different systems. systems {member: [system]}
    - different_keys: one system has the members in different groups. system, keys {member: key}, of_host
    - same_port: one system uses one port number on several members: the same link twice. system, port, of_host
    """

    kind: Kind
    members: tuple[int, ...]
    evidence: Mapping[str, object]


def host_system(senders: Senders, local_macs: Set[int] = frozenset(), *, shared_host_mac: bool = False) -> HostSystem:
    """Return which system is the teamed host; the rules are at the top of this module.

    local_macs: 48-bit MACs known to be the host's. shared_host_mac: the same unicast MAC is the local one in the
    traffic of all captures.
    """
    sent = [_systems_where(one, lambda pdu: pdu.direction == OUTBOUND) for one in senders.values()]
    if any(not one & other for one, other in combinations(filter(None, sent), 2)):
        return HostSystem(None, True, "different LACP systems sent the frames that went out on the members")
    outbound = set[int]().union(*sent)
    if len(outbound) == 1:
        return HostSystem(outbound.pop(), False, "it sent the LACPDUs that went out")
    local = set[int]().union(*(_systems_where(one, lambda pdu: _is_local(pdu, local_macs)) for one in senders.values()))
    if len(local) == 1:
        return HostSystem(local.pop(), False, "its MAC is the host's")
    return _host_by_company(senders, shared_host_mac)


def _systems_where(senders: Mapping[int, Sequence[Lacpdu]], test: Callable[[Lacpdu], bool]) -> set[int]:
    return {system for system, pdus in senders.items() if any(map(test, pdus))}


def _is_local(pdu: Lacpdu, local_macs: Set[int]) -> bool:
    return pdu.actor.system in local_macs or pdu.source_mac in local_macs


def _host_by_company(senders: Senders, shared_host_mac: bool) -> HostSystem:
    """Return who is heard on which member, with nothing else to go by."""
    heard = [set(one) for one in senders.values()]
    if len(heard) < 2:
        return HostSystem(None, False, "fewer than two members have LACPDUs")
    common = set.intersection(*heard)
    if not common:
        two_hosts = all(len(systems) > 1 for systems in heard)
        return HostSystem(None, two_hosts, "no LACP system is common to all members")
    if len(common) > 1:
        return HostSystem(None, False, "the same LACP systems speak on all members")
    company = [systems - common for systems in heard if systems - common]
    if not company:
        return HostSystem(None, False, "only one LACP system speaks, and it may be the host or the switch")
    received = set().union(*(_systems_where(one, lambda pdu: pdu.direction == INBOUND) for one in senders.values()))
    if not set.intersection(*company) and (common & received or not shared_host_mac):
        return HostSystem(None, True, "one LACP system speaks to different ones, and no host MAC is common to them")
    if common & received:
        return HostSystem(None, False, "the one LACP system on all members was received, so it is not the host")
    return HostSystem(common.pop(), False, "it is the one LACP system on all members")


def lacp_findings(senders: Senders, host: HostSystem, silent: Sequence[int] = ()) -> list[LacpFinding]:
    """Return all findings, by member and then over members.

    `silent`: members on which LACPDUs were due and none came.
    """
    found = [LacpFinding("no_lacpdus", (member,), {}) for member in silent]
    for member in sorted(senders):
        found.extend(_of_member(member, senders[member], host))
    found.extend(_of_partners(senders, host))
    for system in sorted({system for one in senders.values() for system in one}):
        found.extend(_of_system(system, senders, host))
    return found


def _of_member(member: int, senders: Mapping[int, Sequence[Lacpdu]], host: HostSystem) -> Iterator[LacpFinding]:
    alone = len(senders) == 1 and not any(pdu.has_partner for pdus in senders.values() for pdu in pdus)
    for system, pdus in senders.items():
        last = pdus[-1]
        if alone:
            evidence = {"system": system, "count": len(pdus), "of_host": of_host(system, host)}
            yield LacpFinding("no_answer", (member,), evidence)
        for kind, bit in _LONELY.items():
            having = [pdu for pdu in since_answered(pdus) if pdu.actor.state & bit]
            if having:
                numbers = {"count": len(having), "total": len(pdus), "last_ns": having[-1].ts_ns}
                at_end = bool(last.actor.state & bit)
                yield LacpFinding(kind, (member,), {"system": system, "at_end": at_end, **numbers})
        if last.has_partner and not last.actor.state & SYNC:
            yield LacpFinding("not_in_sync", (member,), {"system": system, "state": last.actor.state})
    states = [pdus[-1].actor.state for pdus in senders.values()]
    if len(states) == 2 and not any(state & ACTIVE for state in states):
        yield LacpFinding("both_passive", (member,), {"states": states})


def since_answered(pdus: Sequence[Lacpdu]) -> Sequence[Lacpdu]:
    """Return the LACPDUs from the first one that names a partner on, if any does.

    802.1AX lets every port begin as Expired.
    """
    return pdus[next((at for at, pdu in enumerate(pdus) if pdu.has_partner), 0) :]


def _of_partners(senders: Senders, host: HostSystem) -> Iterator[LacpFinding]:
    """Yield the systems at the far ends, the latest that was heard or that the host named, where it is known which end is far.

    They are compared at one time, when all members spoke.
    """
    if host.system is None:
        return
    at_ns = min((max(pdus[-1].ts_ns for pdus in one.values()) for one in senders.values()), default=0)
    far: dict[int, set[int]] = {}
    for member, one in senders.items():
        heard = [(pdu.ts_ns, system) for system, pdus in one.items() if (pdu := _latest(pdus, at_ns)) is not None]
        named = [
            (pdu.ts_ns, pdu.partner.system)
            for pdu in one.get(host.system, ())
            if pdu.ts_ns <= at_ns and pdu.partner and pdu.has_partner
        ]
        others = [told for told in heard + named if told[1] != host.system]
        far[member] = {max(others)[1]} if others else set()
    if len(set().union(*far.values())) > 1:
        systems = {member: sorted(one) for member, one in sorted(far.items()) if one}
        yield LacpFinding("different_systems", tuple(systems), {"systems": systems})


def _of_system(system: int, senders: Senders, host: HostSystem) -> Iterator[LacpFinding]:
    """Yield how one system names the members: one key for all, a port number for each.

    They are compared at one time, the latest at which it had spoken on all: a key may change while captures end one by one.
    """
    own = {member: one[system] for member, one in sorted(senders.items()) if system in one}
    at_ns = min((sent[-1].ts_ns for sent in own.values()), default=0)
    last = {member: pdu.actor for member, sent in own.items() if (pdu := _latest(sent, at_ns)) is not None}
    keys = {member: party.key for member, party in last.items()}
    if len(set(keys.values())) > 1:
        yield LacpFinding(
            "different_keys", tuple(keys), {"system": system, "keys": keys, "of_host": of_host(system, host)}
        )
    for port in sorted({party.port for party in last.values()}):
        members = tuple(member for member, party in last.items() if party.port == port)
        if len(members) > 1:
            evidence = {"system": system, "port": port, "of_host": of_host(system, host)}
            yield LacpFinding("same_port", members, evidence)


def _latest(sent: Sequence[Lacpdu], at_ns: int) -> Lacpdu | None:
    """Return the last one up to this moment; LACPDUs of one second are of one time."""
    return next((pdu for pdu in reversed(sent) if pdu.ts_ns <= at_ns + _AT_ONCE_NS), None)


def of_host(system: int, host: HostSystem) -> bool | None:
    """Return whether it is the teamed host; None where that is not known."""
    return None if host.system is None else system == host.system
