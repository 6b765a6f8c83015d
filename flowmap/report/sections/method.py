"""How the report was made: what was read, with which settings, and how to go on from it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flowmap.document.pages.pages import pages
from flowmap.document.quantities import count, grouped
from flowmap.message import Message, glue, msg
from flowmap.report.blocks import Command, Line, Pairs, Section, Settings

if TYPE_CHECKING:
    from flowmap.document.model import Report, ReportSettings

__all__ = [
    "COLUMNS",
    "EXPLAINED",
    "made_line",
    "made_section",
    "method_section",
    "settings_section",
    "short_line",
    "words_section",
]

COLUMNS = (msg("name"), msg("value"))
"""What a page calls the parts of a setting, where each has a column."""
EXPLAINED = msg("`flowmap explain CODE` tells more about any code above.")
_ALL_NUMBERS = msg("The JSON report has every number and threshold.")
_SHOWN = (
    "single",
    "moved",
    "sprayed",
    "mirrored",
    "absent",
    "undecided",
    "failover",
    "member-set-change",
    "rebalance",
    "flowlet",
    "unexplained",
    "tx",
    "rx",
    "member",
    "bundled",
    "undermined",
    "confidence",
)
"""Words that a report is full of, and that have a page of their own."""
_PATHS = 4


def made_line(report: Report) -> Message:
    """Return what was read, by which version, and when the report was made."""
    return msg(
        "flowmap {version}: {read}; made {time}",
        version=report.tool.version,
        read=_read(report),
        time=report.generated_at,
    )


def made_section(report: Report) -> Section:
    """Return the same as a section, for pages without a footer."""
    return Section("method", msg("Method"), (Line(made_line(report)), Line(_ALL_NUMBERS)))


def short_line(report: Report) -> Message:
    """Return the same for a page of one screen, which names the longer one."""
    return msg("flowmap {version}: {read}; --full shows all", version=report.tool.version, read=_read(report))


def _read(report: Report) -> Message:
    total = report.totals
    return glue(
        count("{number} packet", "{number} packets", total.packets),
        count("{number} flow", "{number} flows", total.flows),
        count("{number} stream", "{number} streams", total.streams),
        msg("{number} judged", number=grouped(total.streams_judged)),
        between=", ",
    )


def method_section(report: Report) -> Section:
    """Return how it is judged, and what to run next."""
    judged = msg(
        "flowmap read every packet of every member once into a table of flows, and those of streams on several members a "
        "second time in the order of their times. It judges two claims: each migration stream sits on one member in each "
        "direction, and distinct source hosts spread across the members as an even hash would. A pass with packets missing "
        "from the captures becomes inconclusive."
    )
    paths = list(dict.fromkeys(capture.path for member in report.members for capture in member.captures))[:_PATHS]
    verify = " ".join(["flowmap verify", *map(shlex.quote, paths)])
    example = next((stream.id for stream in report.streams if stream.judged), 0)
    extract = f"flowmap extract report.json --stream {example} -o stream.pcapng"
    blocks = (
        Line(judged, full=True),
        Line(_ALL_NUMBERS, full=True),
        Command("flowmap explain spread", msg("What any code or word means"), full=True),
        Command(verify, msg("To recount the captures with tshark"), full=True),
        Command(extract, msg("To open one stream of all members in Wireshark"), full=True),
    )
    return Section("method", msg("Method and thresholds"), blocks)


def settings_section(report: Report) -> Section:
    """Return what was asked for: that which decides on verdicts and is no default, then the rest."""
    from flowmap.document.model import ReportSettings
    from flowmap.settings.config import Settings as Defaults

    usual = dict(_settings(ReportSettings.of(Defaults())))
    given = list(_settings(report.settings))
    deciding = {"streams", *report.settings.thresholds}
    changed = tuple((name, text) for name, text in given if name in deciding and text != usual.get(name))
    rest = tuple(one for one in given if one not in changed)
    blocks = (*([Settings(changed)] if changed else []), Settings(rest, full=True))
    return Section("settings", msg("Settings and thresholds"), blocks)


def _settings(settings: ReportSettings) -> Iterator[tuple[str, str]]:
    """Return settings that have a value, as the settings file has them; thresholds last."""
    values = settings.model_dump(exclude={"thresholds"})
    for name, value in [*values.items(), *sorted(settings.thresholds.items())]:
        if value is not False and value not in (None, [], {}):
            yield name, _written(value)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def words_section() -> Section:
    """Return what the words of a report mean."""
    known = pages()
    rows = tuple(
        (name, msg("{title}. {meaning}", title=known[name].title, meaning=known[name].meaning))
        for name in _SHOWN
        if name in known
    )
    return Section("words", msg("Words of this report"), (Pairs(rows, full=True),))
