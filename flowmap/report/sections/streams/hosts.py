"""Remote hosts by member, the busiest first: what each member carried from and to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.message import glue, msg
from flowmap.report.blocks import Column, Line, Load, Matrix, MatrixRow, Name, Section, Way
from flowmap.report.cut import more
from flowmap.report.sections.streams.rows import member_names
from flowmap.words import DIRECTIONS, word

if TYPE_CHECKING:
    from flowmap.document.model import Host, Report

__all__ = ["ROLES", "hosts_section"]

ROLES = {
    "teamed": msg("teamed host"),
    "source": msg("source"),
    "destination": msg("destination"),
    "both": msg("both"),
    "other": msg("other"),
}
"""What a host is to the migrations."""
_BOTH = "both"


def hosts_section(report: Report, most: int = 200) -> Section:
    """Return at most so many hosts."""
    hosts = [host for host in report.hosts if host.role != "teamed"]
    hosts.sort(key=lambda host: (host.role == "other", -sum(host.members.values())))
    sided = any(host.rx or host.tx for host in hosts)
    names = {side: DIRECTIONS[side] for side in ("rx", "tx")} if sided else {_BOTH: msg("both directions")}
    matrix = Matrix(
        msg("Hosts"),
        (Column(msg("host")), Column(msg("role in migrations"))),
        member_names(report),
        tuple(names.items()),
        tuple(_row(host, sided=sided) for host in hosts[:most]),
        placed=False,
        total=msg("in all"),
        full=True,
    )
    cut = [Line(more(len(hosts) - most), full=True)] if len(hosts) > most else []
    title = msg("Remote hosts by member") if report.team.host else msg("Hosts by member")
    return Section("hosts", title, (matrix, *cut) if hosts else (), about=msg("bytes on the wire"))


def _row(host: Host, *, sided: bool) -> MatrixRow:
    ways = (("rx", host.rx), ("tx", host.tx)) if sided else ((_BOTH, host.members),)
    return MatrixRow(
        (Name(host.host), ROLES[host.role]),
        tuple(
            Way(side, "" if side == _BOTH else word(side), tuple(Load(name, load) for name, load in loads.items()))
            for side, loads in ways
        ),
        label=glue(host.host, word(host.role) if host.role != "other" else ""),
    )
