"""The scenarios, in order. Each function builds its captures and states what must come out of them."""

from __future__ import annotations

from collections.abc import Callable

from kit.entry import Entry

from scenarios import chance, clocks, control, formats, gaps, lab, mirrors, moves, placement, policy, windows

__all__ = ["BUILDERS", "lab_entries"]

BUILDERS: list[Callable[[], list[Entry]]] = [
    placement.data_and_acks_apart,
    placement.one_pair_four_streams,
    chance.four_hosts,
    chance.twelve_hosts,
    placement.round_robin_sender,
    placement.round_robin_receiver,
    mirrors.same_packets_twice,
    mirrors.both_ends,
    moves.failover,
    moves.flowlet,
    moves.rebalance,
    control.group_addressed,
    control.flooded,
    formats.large_send,
    formats.two_vlans_one_member,
    formats.any_sll,
    formats.any_sll2,
    gaps.sprayed_over_three,
    gaps.capture_drops,
    gaps.third_member,
    control.bundle_proven,
    control.two_switches,
    control.no_lacpdu,
    policy.two_members,
    policy.three_members,
    policy.four_members,
    clocks.drifting,
    clocks.failover_skewed,
    placement.port_reuse,
    policy.fragments,
    windows.idle_member,
    windows.empty_file,
    windows.cut_file,
    windows.mixed_formats,
    windows.unequal,
    windows.disjoint,
    gaps.smb_direct,
    placement.multifd,
]

lab_entries = lab.entries
