"""The page over all runs of all teams: what is wrong now, what changed, how each team went over time.

It is made of plain rows and looks, sorts and filters like a report's page, under the same policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from markupsafe import Markup

from flowmap.dataclass import dataclass
from flowmap.document.quantities import bits, moment
from flowmap.message import Message, glue
from flowmap.report.formats.html.dress import Head, dress
from flowmap.report.formats.html.speech import Speech
from flowmap.report.sections.history import (
    COLUMNS,
    HEADINGS,
    VERDICTS,
    Run,
    accepted_of,
    balance_of,
    changed,
    headline,
    runs_cut,
    runs_shown,
    teams_cut,
    trend_of,
)

__all__ = ["render_index"]

MOST_TEAMS = 5000
_MOST_RUNS = 2000
_MOST_CHANGES = 25
_TREND = 24
_STEP = 7
_HEIGHT = 34
_ICONS = {"pass": "✓", "by-design": "=", "fail": "✗", "inconclusive": "?", "failed": "!"}
_RANK = {"fail": 0, "failed": 1, "inconclusive": 2, "by-design": 3, "pass": 4}
_HIGH = {"fail": 0, "failed": 0, "inconclusive": 5, "by-design": 8, "pass": 10}


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
    text: Message


def render_index(history: Mapping[str, Sequence[Run]], language: str = "en", made_at: str = "") -> str:
    """Return the page. `history`: the runs of each team, the oldest first; of a run analyzed again the latest."""
    speech = Speech(language)
    teams = sorted(history)[:MOST_TEAMS]
    latest = [_row(history[team][-1], history[team]) for team in teams]
    latest.sort(key=lambda row: (row.rank, row.team))
    runs = sorted((run for team in teams for run in history[team]), key=lambda run: -run.analysed_ns)
    answer = headline([history[team][-1] for team in teams])
    return dress(
        "index.html.jinja",
        speech,
        Head(answer, answer, made_at),
        said=HEADINGS,
        columns=COLUMNS,
        latest=latest,
        worst=latest[0].css if latest else "pass",
        icon=latest[0].icon if latest else "✓",
        word=latest[0].word if latest else VERDICTS["pass"],
        headline=answer,
        changes=_changes(history, teams),
        runs=[_row(run) for run in runs[:_MOST_RUNS]],
        runs_shown=runs_shown(len(runs[:_MOST_RUNS])),
        runs_cut=runs_cut(len(runs) - _MOST_RUNS) if len(runs) > _MOST_RUNS else "",
        teams_cut=teams_cut(len(history) - len(teams)) if len(history) > len(teams) else "",
    )


def _row(run: Run, history: Sequence[Run] = ()) -> _Row:
    folder = quote(run.folder, safe="/@")
    return _Row(
        css="fail" if run.verdict == "failed" else run.verdict,
        icon=_ICONS[run.verdict],
        word=VERDICTS[run.verdict],
        rank=_RANK[run.verdict],
        team=run.team,
        run=run.run,
        when=moment(run.analysed_ns)[:16],
        analysed_ns=run.analysed_ns,
        pinned=VERDICTS.get(run.pinned or "", glue("–")),
        spread=VERDICTS.get(run.spread or "", glue("–")),
        jain=balance_of(run),
        current=run.current,
        speed="" if run.migration_bps is None else bits(run.migration_bps),
        speed_value=run.migration_bps or 0,
        summary=run.summary,
        findings=run.findings,
        html=f"{folder}/report.html",
        json=f"{folder}/report.json",
        accepted=accepted_of(run),
        trend=_trend(history[-_TREND:]) if len(history) > 1 else None,
        trend_text=trend_of(history[-_TREND:]),
    )


def _changes(history: Mapping[str, Sequence[Run]], teams: Sequence[str]) -> list[_Change]:
    """Return the newest changes of a verdict, over all teams."""
    pairs = [(new, old) for team in teams for old, new in zip(history[team], history[team][1:], strict=False)]
    found = sorted(
        (pair for pair in pairs if pair[0].verdict != pair[1].verdict), key=lambda pair: -pair[0].analysed_ns
    )
    return [_Change(_row(new), changed(old.verdict, new.verdict)) for new, old in found[:_MOST_CHANGES]]


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
