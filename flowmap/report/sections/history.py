"""The page over all runs of all teams, in words: what is wrong now, what changed, how each team went over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flowmap.dataclass import dataclass
from flowmap.document.quantities import bits
from flowmap.message import Message, glue, msg, nmsg

__all__ = [
    "COLUMNS",
    "HEADINGS",
    "VERDICTS",
    "Run",
    "accepted_of",
    "balance_of",
    "changed",
    "headline",
    "runs_cut",
    "runs_shown",
    "teams_cut",
    "trend_of",
]

VERDICTS = {
    "pass": msg("pass"),
    "by-design": msg("by-design"),
    "fail": msg("fail"),
    "inconclusive": msg("inconclusive"),
    "not-applicable": msg("not-applicable"),
    "failed": msg("error"),
}
_WORST_FIRST = ("fail", "failed", "inconclusive", "by-design", "pass")
HEADINGS: Mapping[str, Message] = {
    "changes": msg("What changed"),
    "teams": msg("Teams, with their latest run"),
    "runs": msg("All runs, the latest first"),
    "trend": msg(
        "Trend: bars are verdicts, high for pass, low for fail; the solid line is balance, the dashed one migration speed, "
        "both as a share of their best. Balance is Jain's index of bytes over so many captured members, idle ones too: 1 is "
        "even."
    ),
    "report": msg("report"),
    "superseded": msg("superseded: analyzed again since"),
    "filter_teams": msg("Filter teams"),
    "filter_runs": msg("Filter runs"),
}
COLUMNS: Mapping[str, Message] = {
    "verdict": msg("Verdict"),
    "team": msg("Team"),
    "latest": msg("Team, latest run"),
    "answer": msg("Answer"),
    "pinned": msg("Pinned"),
    "spread": msg("Spread"),
    "balance": msg("Balance (Jain)"),
    "migration": msg("Migration"),
    "trend": msg("Trend"),
    "analyzed": msg("Analyzed"),
    "run": msg("Run"),
    "reports": msg("Reports"),
}


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


def headline(latest: Sequence[Run]) -> Message:
    """Return how many teams there are, and how many of each verdict, by their latest runs."""
    if not latest:
        return msg("No team yet")
    counts: list[str] = [
        _counted(verdict, number)
        for verdict in _WORST_FIRST
        if (number := sum(run.verdict == verdict for run in latest))
    ]
    if accepted := sum(bool(accepted_of(run)) for run in latest):
        counts.append(nmsg("{count} with what is accepted", "{count} with what is accepted", accepted))
    teams = nmsg("{count} team", "{count} teams", len(latest))
    return msg("{teams}: {counts}", teams=teams, counts=glue(*counts, between=", "))


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


def accepted_of(run: Run) -> Message:
    """Return what is accepted of a run, and what became of it."""
    return glue(
        msg("Accepted: {codes}.", codes=", ".join(run.accepted)) if run.accepted else "",
        msg("All that speaks against a pass is accepted.") if run.settled else "",
        msg("What is accepted changed: {what}.", what=glue(*run.changed, between="; ")) if run.changed else "",
        msg("No longer accepted: {codes}.", codes=", ".join(run.ended)) if run.ended else "",
    )


def balance_of(run: Run) -> Message:
    """Return Jain's index of a run, and over how many members it is."""
    if run.jain is None:
        return glue()
    jain = _index(run.jain)
    return jain if run.members is None else msg("{jain} of {members}", jain=jain, members=run.members)


def _index(jain: float) -> Message:
    return Message("{jain:.2f}", {"jain": jain})


def changed(before: str, now: str) -> Message:
    """Return how a verdict changed."""
    return msg("{before}, now {now}", before=VERDICTS[before], now=VERDICTS[now])


def trend_of(history: Sequence[Run]) -> Message:
    """Return the trend of some runs of a team: how often which verdict, and where balance and speed came from."""
    counts = {verdict: sum(run.verdict == verdict for run in history) for verdict in _WORST_FIRST}
    parts: list[str] = [
        msg("{count} x {verdict}", count=count, verdict=VERDICTS[verdict]) for verdict, count in counts.items() if count
    ]
    jains = [run.jain for run in history if run.jain is not None]
    if len(jains) > 1:
        parts.append(msg("balance {first} to {last}", first=_index(jains[0]), last=_index(jains[-1])))
    speeds = [run.migration_bps for run in history if run.migration_bps is not None]
    if len(speeds) > 1:
        parts.append(msg("migrations {first} to {last}", first=bits(speeds[0]), last=bits(speeds[-1])))
    if full := sum(bool(run.imbalance_s) for run in history):
        parts.append(
            nmsg(
                "a member full while others idled in {count} run",
                "a member full while others idled in {count} runs",
                full,
            )
        )
    return glue(*parts, between=", ")


def teams_cut(number: int) -> Message:
    """Return how many teams are not shown."""
    return msg("{count} more teams are not shown: `flowmap history` lists them.", count=number)


def runs_shown(number: int) -> Message:
    """Return what the folded table of runs is called."""
    return msg("Show {count} runs", count=number)


def runs_cut(number: int) -> Message:
    """Return how many runs are not shown."""
    return msg("{count} older runs are not shown: `flowmap history TEAM` lists them.", count=number)
