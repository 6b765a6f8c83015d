"""Throughput of each member over time, in words: how much it carried on the average and at most, of what its port can."""

from __future__ import annotations

from collections.abc import Sequence

from flowmap.dataclass import dataclass
from flowmap.document.quantities import bits, duration
from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.blocks import Figure

__all__ = ["Carried", "throughput_figure"]

_TITLES = {
    "rx": msg("Received (rx) by each member"),
    "tx": msg("Sent (tx) by each member"),
    "unknown": msg("Carried by each member, direction not known"),
}


@dataclass(frozen=True)
class Carried:
    """What a member carried in one direction, in bits per second. `line`: the speed of its port, None where not known."""

    member: str
    mean: int
    peak: int
    line: int | None = None


def throughput_figure(side: str, carried: Sequence[Carried], step_ns: int, lines: bool, left_out: int) -> Figure:
    """Return what the lanes of a direction show.

    `step_ns`: how long each drawn step is; `lines`: whether a line rate is drawn; `left_out`: how many members have no lane.
    """
    notes = [msg("Each step is {span}, wire bytes of all frames.", span=duration(step_ns))]
    if lines:
        notes.append(msg("The dashed line is the member's line rate."))
    elif any(one.line for one in carried):
        notes.append(msg("The line rate is far above what is drawn."))
    else:
        notes.append(msg("The line rate is not known."))
    if left_out > 0:
        notes.append(nmsg("{count} more member is not drawn.", "{count} more members are not drawn.", left_out))
    return Figure(f"throughput-{side}", _TITLES[side], glue(*map(_said, carried)), tuple(notes))


def _said(one: Carried) -> Message:
    values = {"member": one.member, "mean": bits(one.mean), "peak": bits(one.peak)}
    if one.line:
        return msg("{member}: mean {mean}, peak {peak}, line rate {line}.", line=bits(one.line), **values)
    return msg("{member}: mean {mean}, peak {peak}.", **values)
