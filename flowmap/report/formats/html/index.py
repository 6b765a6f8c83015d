"""The page over all runs of all teams: what is wrong now, what changed, how each team went over time.

It is made of plain rows and looks, sorts and filters like a report's page, under the same policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from markupsafe import Markup

from flowmap.dataclass import dataclass
from flowmap.document.quantities import moment
from flowmap.message import Message, glue, msg, nmsg
from flowmap.report.formats.html.dress import Head, dress
from flowmap.report.formats.html.speech import Speech

__all__ = ["Run", "render_index"]

MOST_TEAMS = 5000
_MOST_RUNS = 2000
_MOST_CHANGES = 25
_TREND = 24
_STEP = 7
_HEIGHT = 34
_ICONS = {"pass": "✓", "by-design": "=", "fail": "✗", "inconclusive": "?", "failed": "!"}
_WORDS = {
    "pass": msg("pass"),
    "by-design": msg("by-design"),
    "fail": msg("fail"),
    "inconclusive": msg("inconclusive"),
    "not-applicable": msg("not-applicable"),
    "failed": msg("error"),
}
_RANK = {"fail": 0, "failed": 1, "inconclusive": 2, "by-design": 3, "pass": 4}
_HIGH = {"fail": 0, "failed": 0, "inconclusive": 5, "by-design": 8, "pass": 10}


@dataclass(frozen=True)
class Run:
    """One analysis.

    `verdict` "failed": there is none, `summary` says why. `folder` holds its reports, below the page, where it is `current`:
    else those of a later analysis of the same run. `members`: over how many `jain` is.
    """

    team: str
    run: str
    analysed_ns: int
    verdict: str
    pinned: str | None
    spread: str | None
    jain: float | None
    migration_bps: int | None
    summary: str
    findings: tuple[str, ...]
    folder: str
    members: int | None = None
    current: bool = True
    accepted: tuple[str, ...] = ()
    """Codes of what is accepted; `changed`: what differs from what was accepted; `ended`: codes that no longer are."""
    changed: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    settled: bool = False
    """Whether all that speaks against a pass is accepted."""
    imbalance_s: float | None = None
    """For how long a member was full while others idled."""


@dataclass(frozen=True)
class _Row:
    """A run as the page shows it. `css`: the class of its verdict."""

    css: str
    icon: str
    word: str
    rank: int
    team: str
    run: str
    when: str
    analysed_ns: int
    pinned: str
    spread: str
    jain: str
    speed: str
    speed_value: int
    summary: str
    findings: tuple[str, ...]
    html: str
    json: str
    current: bool = True
    trend: Markup | None = None
    trend_text: str = ""
    accepted: Message | str = ""


@dataclass(frozen=True)
class _Change:
    """A verdict that differs from the one before of the same team."""

    row: _Row
    before: str


def render_index(history: Mapping[str, Sequence[Run]], language: str = "en", made_at: str = "") -> str:
    """Return the page. `history`: the runs of each team, the oldest first; of a run analyzed again the latest."""
    speech = Speech(language)
    teams = sorted(history)[:MOST_TEAMS]
    latest = [_row(history[team][-1], speech, history[team]) for team in teams]
    latest.sort(key=lambda row: (row.rank, row.team))
    runs = sorted((run for team in teams for run in history[team]), key=lambda run: -run.analysed_ns)
    return dress(
        "index.html.jinja",
        speech,
        Head(_headline(latest), _headline(latest), made_at),
        latest=latest,
        worst=latest[0].css if latest else "pass",
        icon=latest[0].icon if latest else "✓",
        word=latest[0].word if latest else msg("pass"),
        headline=_headline(latest),
        changes=_changes(history, teams, speech),
        runs=[_row(run, speech) for run in runs[:_MOST_RUNS]],
        runs_cut=max(0, len(runs) - _MOST_RUNS),
        teams_cut=len(history) - len(teams),
    )


def _headline(rows: Sequence[_Row]) -> Message:
    parts: list[str] = [nmsg("{count} team", "{count} teams", len(rows))]
    accepted = sum(bool(row.accepted) for row in rows)
    for verdict in ("fail", "failed", "inconclusive", "by-design", "pass"):
        number = sum(row.rank == _RANK[verdict] for row in rows)
        if number:
            parts.append(_counted(verdict, number))
    if accepted:
        parts.append(nmsg("{count} with what is accepted", "{count} with what is accepted", accepted))
    return (
        msg("{teams}: {counts}", teams=parts[0], counts=glue(*parts[1:], between=", ")) if rows else msg("No team yet")
    )


def _counted(verdict: str, number: int) -> Message:
    if verdict == "fail":
        return nmsg("{count} fails", "{count} fail", number)
    if verdict == "failed":
        return nmsg("{count} error", "{count} errors", number)
    if verdict == "inconclusive":
        return nmsg("{count} inconclusive", "{count} inconclusive", number)
    if verdict == "by-design":
        return nmsg("{count} by design", "{count} by design", number)
    return nmsg("{count} passes", "{count} pass", number)


def _row(run: Run, speech: Speech, history: Sequence[Run] = ()) -> _Row:
    folder = quote(run.folder, safe="/@")
    return _Row(
        css="fail" if run.verdict == "failed" else run.verdict,
        icon=_ICONS[run.verdict],
        word=_WORDS[run.verdict],
        rank=_RANK[run.verdict],
        team=run.team,
        run=run.run,
        when=moment(run.analysed_ns)[:16],
        analysed_ns=run.analysed_ns,
        pinned=_WORDS.get(run.pinned or "", msg("–")),
        spread=_WORDS.get(run.spread or "", msg("–")),
        jain=_jain(run, speech),
        current=run.current,
        speed="" if run.migration_bps is None else speech.bits(run.migration_bps),
        speed_value=run.migration_bps or 0,
        summary=run.summary,
        findings=run.findings,
        html=f"{folder}/report.html",
        json=f"{folder}/report.json",
        accepted=_accepted(run),
        trend=_trend(history[-_TREND:]) if len(history) > 1 else None,
        trend_text=_trend_text(history[-_TREND:], speech),
    )


def _accepted(run: Run) -> Message:
    """Return what is accepted of a run, and what became of it."""
    return glue(
        msg("Accepted: {codes}.", codes=", ".join(run.accepted)) if run.accepted else "",
        msg("All that speaks against a pass is accepted.") if run.settled else "",
        msg("What is accepted changed: {what}.", what=glue(*run.changed, between="; ")) if run.changed else "",
        msg("No longer accepted: {codes}.", codes=", ".join(run.ended)) if run.ended else "",
    )


def _jain(run: Run, speech: Speech) -> str:
    if run.jain is None:
        return ""
    jain = speech.figure(f"{run.jain:.2f}")
    return jain if run.members is None else msg("{jain} of {members}", jain=jain, members=run.members)


def _changes(history: Mapping[str, Sequence[Run]], teams: Sequence[str], speech: Speech) -> list[_Change]:
    """Return the newest changes of a verdict, over all teams."""
    pairs = [(new, old) for team in teams for old, new in zip(history[team], history[team][1:], strict=False)]
    found = sorted(
        (pair for pair in pairs if pair[0].verdict != pair[1].verdict), key=lambda pair: -pair[0].analysed_ns
    )
    return [_Change(_row(new, speech), _WORDS[old.verdict]) for new, old in found[:_MOST_CHANGES]]


def _trend(history: Sequence[Run]) -> Markup:
    """Return verdicts as bars (high: pass, low: fail), Jain's index and migration speed as lines, the newest at the right."""
    width = len(history) * _STEP
    bars = "".join(
        f'<rect class="v-{run.verdict}" x="{n * _STEP}" y="{_HEIGHT - 2 - _HIGH[run.verdict]}" '
        f'width="{_STEP - 2}" height="{_HIGH[run.verdict] + 2}"/>'
        for n, run in enumerate(history)
    )
    fastest = max((run.migration_bps or 0 for run in history), default=0)
    lines = _line("t-jain", [run.jain for run in history])
    if fastest:
        shares = [None if run.migration_bps is None else run.migration_bps / fastest for run in history]
        lines += _line("t-speed", shares)
    view = f'viewBox="0 0 {width} {_HEIGHT}" width="{width}" height="{_HEIGHT}"'
    return Markup(f'<svg class="trend" aria-hidden="true" {view}>{bars}{lines}</svg>')


def _line(css: str, shares: Sequence[float | None]) -> str:
    points = [f"{n * _STEP + 2.5},{2 + (1 - share) * 17:.1f}" for n, share in enumerate(shares) if share is not None]
    return f'<polyline class="{css}" points="{" ".join(points)}"/>' if len(points) > 1 else ""


def _trend_text(history: Sequence[Run], speech: Speech) -> str:
    """Return the trend in words: how often which verdict, and where speed came from."""
    counts = {verdict: sum(run.verdict == verdict for run in history) for verdict in _RANK}
    parts: list[str] = [
        msg("{count} x {verdict}", count=count, verdict=_WORDS[verdict]) for verdict, count in counts.items() if count
    ]
    jains = [run.jain for run in history if run.jain is not None]
    if len(jains) > 1:
        first, last = (speech.figure(f"{jain:.2f}") for jain in (jains[0], jains[-1]))
        parts.append(msg("balance {first} to {last}", first=first, last=last))
    speeds = [run.migration_bps for run in history if run.migration_bps is not None]
    if len(speeds) > 1:
        parts.append(msg("migrations {first} to {last}", first=speech.bits(speeds[0]), last=speech.bits(speeds[-1])))
    if full := sum(bool(run.imbalance_s) for run in history):
        parts.append(
            nmsg(
                "a member full while others idled in {count} run",
                "a member full while others idled in {count} runs",
                full,
            )
        )
    return glue(*parts, between=", ")
