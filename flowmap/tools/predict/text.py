"""`flowmap predict` as text and as plain values: what is to be expected of each policy and number of members."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flowmap.dataclass import dataclass
from flowmap.document.quantities import amount, bits, count, speed
from flowmap.message import Message, aside, glue, msg, nmsg
from flowmap.verdict.chance.probability import one_in

if TYPE_CHECKING:
    from flowmap.report.formats.canvas import Canvas
    from flowmap.tools.predict.remedy import Change
    from flowmap.verdict.mode.forecast import Forecast

__all__ = ["Prediction", "Row", "prediction_values", "render_prediction"]

Row = dict[str, Any]
"""A row of a list: header fields by name, and whatever else was in it."""
_BAR = 10


@dataclass(frozen=True)
class Prediction:
    """What was asked about and the answers, each with the cheapest change.

    Asked about are `path`, and loads with their hosts, all in one `direction`, of which `wire_bytes` are known.
    """

    path: str
    direction: str | None
    streams: int
    hosts: int
    wire_bytes: int | None
    speed_bps: int | None
    remarks: Sequence[Message]
    answers: Sequence[tuple[Forecast, Change]]


def prediction_values(told: Prediction) -> dict[str, Any]:
    """Return plain values for JSON."""
    return {
        "schema": "flowmap.predict/1",
        "path": told.path,
        "direction": told.direction,
        "streams": told.streams,
        "hosts": told.hosts,
        "wire_bytes": told.wire_bytes,
        "speed_bps": told.speed_bps,
        "remarks": list(told.remarks),
        "forecasts": [_values(one, change) for one, change in told.answers],
    }


def _values(one: Forecast, change: Change) -> dict[str, Any]:
    members = None
    if one.members is not None:
        members = [
            {"member_index": index, "streams": m.streams, "hosts": m.hosts, "wire_bytes": m.wire_bytes}
            for index, m in enumerate(one.members)
        ]
    variant = one.chooser.variant
    return {
        "policy": one.chooser.name,
        "n_members": one.n_members,
        "method": one.method,
        "key": one.chooser.key,
        "variant": None if variant is None else variant.name,
        "streams": one.streams,
        "undecided": one.undecided,
        "keys": one.keys,
        "members": members,
        "members_used": one.expected_used,
        "members_used_p": list(one.used),
        "streams_on_busiest": one.busiest,
        "total_bps": one.total_bps,
        "slowest_stream_bps": one.slowest_bps,
        "change": {
            "kind": change.kind,
            "helps": change.helps,
            "policy": change.policy,
            "streams": change.streams,
            "of_port": change.of_port,
            "port": change.port,
            "members": change.members,
            "members_used": change.used,
            "text": change_text(one, change),
        },
    }


def render_prediction(told: Prediction, width: int, color: bool, language: str = "en") -> str:
    """Return lines of at most `width` columns, in `language`; ANSI colours only if `color`."""
    from flowmap.report.formats.canvas import Canvas

    canvas = Canvas(width, color, language)
    facts = [
        count("{number} stream", "{number} streams", told.streams),
        count("{number} host", "{number} hosts", told.hosts),
        amount(told.wire_bytes) if told.wire_bytes is not None else "",
        msg("{speed} a member", speed=speed(told.speed_bps))
        if told.speed_bps
        else msg("speed not known: --speed tells it"),
    ]
    canvas.line(glue(told.path, glue(*facts, between=", "), between=": "), style="heading")
    if told.direction in ("tx", "rx"):
        sent = told.direction == "tx"
        canvas.line(
            msg("What the teamed host sends: its own team chooses the member.")
            if sent
            else msg("What the teamed host receives: the switch chooses the member, here as if by these policies.")
        )
    for remark in told.remarks:
        canvas.line(remark, style="quiet")
    for one, change in told.answers:
        _draw(canvas, one, change)
    return canvas.text()


def _draw(canvas: Canvas, one: Forecast, change: Change) -> None:
    members = nmsg("{count} member", "{count} members", one.n_members)
    canvas.heading(
        msg("{policy} on {members}: {method}", policy=one.chooser.name, members=members, method=_method(one))
    )
    if one.undecided:
        canvas.line(
            count(
                "The headers of {number} stream do not tell.",
                "The headers of {number} streams do not tell.",
                one.undecided,
            ),
            indent=2,
            style="warning",
        )
    if not one.streams:
        return
    if one.members is not None:
        _draw_members(canvas, one)
    elif one.method == "chance":
        canvas.line(_chances(one), indent=2)
    canvas.line(_outcome(one), indent=2)
    style = "pass" if change.kind == "none" and change.helps else ""
    canvas.labelled(msg("Change:"), change_text(one, change), indent=2, gap=1, text_style=style)


def _method(one: Forecast) -> Message:
    if not one.streams:
        return msg("not known")
    if one.method == "computed" and one.chooser.variant is not None:
        linux = one.chooser.policy is not None and one.chooser.policy.chooser == "Linux bonding"
        if linux:
            return msg("computed, kernel {variant}", variant=one.chooser.variant.name)
        return msg("computed")
    if one.method == "fixed":
        return msg("no hash")
    return msg("by chance, as the hash is a secret (key: {key})", key=one.chooser.key)


def _draw_members(canvas: Canvas, one: Forecast) -> None:
    members = one.members or ()
    most = max((member.streams for member in members), default=0) or 1
    rows = [
        [
            str(index),
            str(member.streams),
            str(member.hosts),
            amount(member.wire_bytes),
            "#" * round(_BAR * member.streams / most) + "." * (_BAR - round(_BAR * member.streams / most)),
        ]
        for index, member in enumerate(members)
    ]
    canvas.table([msg("member"), msg("streams"), msg("hosts"), msg("bytes"), ""], rows, right=(1, 2, 3))


def _chances(one: Forecast) -> Message:
    keys = count("{number} different key", "{number} different keys", one.keys)
    every = msg("all members used {often}", often=one_in(one.used[one.n_members])) if one.used[one.n_members] else ""
    single = msg("all on one member {often}", often=one_in(one.used[1])) if one.used[1] else ""
    return glue(keys, glue(every, single, between=", "), between=": ")


def _outcome(one: Forecast) -> Message:
    """Return members used and, with a speed, how fast that is."""
    if one.method == "chance":
        used = msg(
            "on average {used:.1f} of {members} members used, {busiest:.1f} keys on the busiest",
            used=one.expected_used,
            members=one.n_members,
            busiest=one.busiest,
        )
    else:
        used = msg("{used} of {members} members used", used=round(one.expected_used), members=one.n_members)
    if one.total_bps is None:
        return used
    fast = msg("{total} in all", total=bits(one.total_bps))
    if one.slowest_bps is not None:
        fast = msg(
            "{total} in all, {slowest} for the slowest stream", total=bits(one.total_bps), slowest=bits(one.slowest_bps)
        )
    return glue(used, fast, between="; ")


_MORE_STREAMS = msg("such as SMB Multichannel, QEMU multifd or more vMotion interfaces")


def _named(policy: str | None) -> str:
    return msg("addresses and ports") if policy == "4tuple" else policy or ""


def change_text(one: Forecast, change: Change) -> Message:
    """Return what to change, in a sentence."""
    then = msg("{used:.1f} of {members} members", used=change.used, members=one.n_members)
    if change.kind == "none" and change.helps:
        return msg("none is needed.")
    if change.kind == "none":
        return msg("none is known that would use more members.")
    if change.kind == "mode":
        return msg("a mode that places streams by a hash: this one uses one member at a time, or sends copies.")
    if change.kind == "key":
        return msg("hash by {policy}: that uses {then}.", policy=_named(change.policy), then=then)
    if change.kind == "streams":
        more = msg("{count} streams or more{such}", count=change.streams, such=aside(_MORE_STREAMS))
        if change.policy is not None:
            more = msg("{more}, hashed by {policy}", more=more, policy=_named(change.policy))
        return msg("{more}: that uses {then} on average.", more=more, then=then)
    if change.kind == "ports":
        return msg(
            "let one migration listen on port {port} in place of {of_port}: that uses {then}.",
            port=change.port,
            of_port=change.of_port,
            then=then,
        )
    return msg("{count} members: that uses {used:.1f} of them.", count=change.members, used=change.used)
