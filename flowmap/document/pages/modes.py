"""`flowmap explain MODE`: rows of the expectation table in words, and what is known of switches.

What a mode chooses members by, both ways; what it cannot do; which hash that is and whether `flowmap predict` computes it;
where this comes from, and what of it is not verified.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from flowmap.errors import ConfigError
from flowmap.message import Message, glue, msg, translate
from flowmap.team.hashes.chooser import find_chooser
from flowmap.team.modes.table import Row, Switch, aliases_of, every_row, find_rows, find_switches, switches
from flowmap.team.modes.text import MOVES, RECEIVES, sends

__all__ = [
    "Explained",
    "find_modes",
    "mode_names",
    "mode_values",
    "render_mode_list",
    "render_mode_names",
    "render_modes",
]

Explained = Row | Switch
Lines = Iterator[tuple[Message, Message]]
_MOST = 8
"""With more rows than this a list of them is shown."""

_CANNOT = {
    "4tuple": msg("make one stream faster than one member: use several streams."),
    "ip": msg("spread streams between the same two hosts, whatever their number."),
    "mac": msg("spread streams that go through one router, or between the same two hosts."),
    "dst": msg("spread streams to one host, whatever their number."),
    "smac+vlan": msg("spread the streams of one virtual adapter, whatever their number."),
    "vport": msg(
        "spread the streams of one virtual adapter, such as that of the management OS, whatever their number."
    ),
    "opaque": msg("make one stream faster than one member."),
    "active": msg("use more than one member at a time."),
    "rr": msg("keep the packets of a stream in order."),
    "all": msg("carry more than one member does."),
}
_CANNOT_RECEIVE = {
    "primary": msg("It cannot receive faster than one member."),
    "switch": msg("It cannot choose on which member it receives: that is the switch's load balancing."),
}
_MACS = {
    "one": msg("the same on all members, or the sender's own, never rewritten."),
    "rewritten": msg("kept on the primary or tied member; the others put their own."),
    "follows": msg("goes with the active member."),
    "unknown": msg("not known."),
}
_SWITCH = {
    "independent": msg("in no channel; they may be on several switches."),
    "static": msg("in a static channel, without LACP."),
    "lacp": msg("in a channel with LACP."),
}


def find_modes(name: str) -> list[Explained]:
    """Return rows that fit MODE, ALGORITHM, PLATFORM, or these joined by slashes; a switch; none for other names."""
    return [*find_rows(name)] or [*find_switches(name)]


def mode_names() -> list[str]:
    """Return what may be typed, for suggestions."""
    found = [name for row in every_row() for name in (row.mode, row.algorithm, row.platform, _name(row)) if name]
    return list(dict.fromkeys([*found, *(one.name for one in switches())]))


def _name(row: Row) -> str:
    return "/".join(part for part in (row.platform, row.mode, row.algorithm) if part)


def _said(text: str) -> Message:
    """Return a text of the table; the catalogues have it too."""
    return msg(text.replace("{", "{{").replace("}", "}}"))


def _lines(row: Row) -> Lines:
    aliases = ", ".join(aliases_of(row))
    if aliases:
        yield msg("Also called:"), glue(aliases)
    yield msg("Sends:"), glue(sends(row), MOVES[row.tx_moves])
    yield msg("Receives:"), glue(RECEIVES[row.rx], MOVES[row.rx_moves] if row.rx not in ("all",) else "")
    yield msg("Cannot:"), glue(_CANNOT["active" if row.tx == "primary" else row.tx], _CANNOT_RECEIVE.get(row.rx, ""))
    yield msg("Hash:"), _hash(row)
    yield msg("Source MAC:"), _MACS[row.source_mac]
    yield msg("Switch ports:"), _SWITCH[row.switch]
    if row.remark:
        yield msg("Note:"), _said(row.remark)
    if row.doubt:
        yield msg("Unverified:"), _said(row.doubt)
    yield msg("Source:"), glue(row.source)


def _hash(row: Row) -> Message:
    if row.tx in ("active", "primary", "rr", "all"):
        return msg("none.")
    policy = _policy(row)
    if policy is not None:
        return msg("known: `flowmap predict --policy {policy}` computes it.", policy=policy)
    return msg("not known as a function; `flowmap predict` tells what chance gives.")


def _policy(row: Row) -> str | None:
    """Return the policy that is replayed for this row."""
    for name in (row.algorithm, row.mode):
        if name and row.platform in ("linux", "vsphere"):
            try:
                policy = find_chooser(name).policy
            except ConfigError:
                continue
            if policy is not None and policy.computable:
                return policy.name
    return None


def _switch_lines(one: Switch) -> Lines:
    yield msg("Also called:"), glue(", ".join(one.aliases))
    yield msg("Hashes:"), _said(one.inputs)
    yield (
        msg("Cannot:"),
        msg("make one stream faster than one member; its function is a secret, and cannot be predicted."),
    )
    if one.note:
        yield msg("Note:"), _said(one.note)
    yield msg("Source:"), glue(one.source)


def render_modes(found: Sequence[Explained], width: int, language: str = "en") -> str:
    """Return the rows in words, at most `width` columns; a list of their names where they are many."""
    if len(found) > _MOST:
        return render_mode_names(found, width, language)
    return "\n".join(_page(one, width, language) for one in found)


def render_mode_names(found: Sequence[Explained], width: int, language: str = "en") -> str:
    """Return the names of these rows, to ask for each."""
    told = msg("Modes of that name; `flowmap explain` has a page for each:")
    return "\n".join(textwrap.wrap(translate(told, language), width)) + "\n" + _list(found, width, language)


def _page(one: Explained, width: int, language: str) -> str:
    name, lines = (one.name, _switch_lines(one)) if isinstance(one, Switch) else (_name(one), _lines(one))
    text = "\n".join(textwrap.wrap(f"{name}: {one.label}", width)) + "\n"
    for label, said in lines:
        told = [translate(part, language) for part in (label, said)]
        text += (
            "\n".join(
                textwrap.wrap(
                    f"{told[0]} {told[1]}", width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
                )
            )
            + "\n"
        )
    return text


def render_mode_list(width: int, language: str = "en") -> str:
    """Return the names of all rows and switches, by platform."""
    return _list([*every_row(), *switches()], width, language)


def _list(found: Sequence[Explained], width: int, language: str) -> str:
    text = ""
    by_label: dict[str, list[str]] = {}
    for one in found:
        label = translate(msg("Switches"), language) if isinstance(one, Switch) else one.label
        by_label.setdefault(label, []).append(one.name if isinstance(one, Switch) else _name(one))
    for label, names in by_label.items():
        text += (
            "\n".join(
                textwrap.wrap(
                    f"{label}: {', '.join(names)}",
                    width,
                    initial_indent="  ",
                    subsequent_indent="    ",
                    break_on_hyphens=False,
                )
            )
            + "\n"
        )
    return text


def mode_values(one: Explained) -> dict[str, Any]:
    """Return a row as plain values: the codes of the table, and the words made of them."""
    if isinstance(one, Switch):
        codes: dict[str, Any] = {
            "kind": "switch",
            "name": one.name,
            "label": one.label,
            "aliases": list(one.aliases),
            "inputs": one.inputs,
            "note": one.note,
            "source": one.source,
            "unverified": None,
        }
        return {**codes, "words": {str(label).rstrip(":"): said for label, said in _switch_lines(one)}}
    return {
        "kind": "mode",
        "name": _name(one),
        "label": one.label,
        "platform": one.platform,
        "mode": one.mode,
        "algorithm": one.algorithm,
        "aliases": aliases_of(one),
        "tx": one.tx,
        "rx": one.rx,
        "tx_moves": one.tx_moves,
        "rx_moves": one.rx_moves,
        "source_mac": one.source_mac,
        "switch": one.switch,
        "policy": _policy(one),
        "note": one.remark,
        "source": one.source,
        "unverified": one.doubt or None,
        "row_unverified": one.unverified,
        "words": {str(label).rstrip(":"): said for label, said in _lines(one)},
    }
