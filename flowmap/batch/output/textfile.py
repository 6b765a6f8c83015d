"""Metrics of the batch runs for node_exporter's textfile collector, made of what the ledger has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowmap.document.quantities import plain
from flowmap.report.formats.files import sweep, write_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flowmap.batch.ledger import Entry

__all__ = ["Folders", "metrics", "write_textfile"]

_CLAIMS = ("pinned", "spread")
_CLAIM_VERDICTS = ("pass", "fail", "inconclusive", "not-applicable")
_VERDICTS = ("pass", "fail", "by-design", "inconclusive")


@dataclass(frozen=True)
class Folders:
    """What a run saw below its folders: teams that wait, folders that could not be listed, folders that hold nothing."""

    waiting: int = 0
    unread: int = 0
    empty: int = 0


def write_textfile(path: str, entries: Sequence[Entry], now_ns: int, folders: Folders) -> None:
    """Write the metrics, whole or not at all. Raises ReportError."""
    sweep(path)
    write_bytes(path, metrics(entries, now_ns, folders))


def metrics(entries: Sequence[Entry], now_ns: int, folders: Folders) -> bytes:
    """Return the latest run of each team in Prometheus' text format. `entries` are all current ones."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()

    def gauge(name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(f"flowmap_{name}", text, labels, registry=registry)

    claim = gauge(
        "claim_verdict",
        "1 for the verdict that the claim has in the team's latest run, else 0.",
        ("team", "claim", "verdict"),
    )
    whole = gauge("team_verdict", "1 for the verdict on the team's latest run, else 0.", ("team", "verdict"))
    exit_code = gauge("team_exit_code", "What `flowmap analyze` exits with on the team's latest run.", ("team",))
    finished = gauge("team_analysed_timestamp_seconds", "When the team's latest run was analyzed.", ("team",))
    jain = gauge(
        "team_balance_jain", "Jain's fairness index over the bytes of all captured members, 1/n to 1.", ("team",)
    )
    members = gauge("team_members", "Captured members, over which the balance is.", ("team",))
    speed = gauge("team_migration_bytes_per_second", "Mean speed of the fastest migration.", ("team",))
    size = gauge("team_wire_bytes", "Bytes on the wire in the team's latest run.", ("team",))
    accepted = gauge("team_accepted_findings", "Codes that are accepted in the team's latest run.", ("team",))
    settled = gauge("team_settled", "1 where all that speaks against a pass is accepted, else 0.", ("team",))
    full = gauge(
        "team_imbalance_seconds", "For how long a member was full while others idled in the latest run.", ("team",)
    )
    failed = gauge("team_failed", "1 where the team's latest run could not be analyzed, else 0.", ("team",))
    latest = _latest(entries)
    for entry in latest:
        outcome, team = entry.outcome, plain(entry.team)  # a folder's name may hold control characters
        for name in _CLAIMS:
            value = getattr(outcome, name) or "inconclusive"
            for verdict in _CLAIM_VERDICTS:
                claim.labels(team, name, verdict).set(value == verdict)
        for verdict in _VERDICTS:
            whole.labels(team, verdict).set(outcome.verdict == verdict and outcome.error is None)
        exit_code.labels(team).set(outcome.exit_code)
        finished.labels(team).set(entry.finished_ns / 1e9)
        size.labels(team).set(outcome.wire_bytes)
        accepted.labels(team).set(len(outcome.accepted))
        settled.labels(team).set(outcome.settled)
        failed.labels(team).set(outcome.error is not None)
        if outcome.imbalance_s is not None:
            full.labels(team).set(outcome.imbalance_s)
        if outcome.jain is not None:
            jain.labels(team).set(outcome.jain)
        if outcome.members is not None:
            members.labels(team).set(outcome.members)
        if outcome.migration_bps is not None:
            speed.labels(team).set(outcome.migration_bps / 8)
    gauge("teams", "Teams in the ledger.").set(len(latest))
    gauge("teams_waiting", "Teams whose captures are still being written.").set(folders.waiting)
    gauge("folders_unread", "Folders that could not be listed by the last `flowmap batch`.").set(folders.unread)
    gauge("folders_empty", "Folders in which the last `flowmap batch` found no captures.").set(folders.empty)
    gauge("batch_run_timestamp_seconds", "When `flowmap batch` last ended.").set(now_ns / 1e9)
    return bytes(generate_latest(registry))


def _latest(entries: Sequence[Entry]) -> list[Entry]:
    """Return the run of each team with the newest captures."""
    latest: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda one: one.order):
        latest[entry.team] = entry
    return [latest[team] for team in sorted(latest)]
