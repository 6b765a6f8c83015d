"""Metrics of the batch runs for node_exporter's textfile collector, made of what the ledger has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowmap.report.files import sweep, write_bytes
from flowmap.report.words import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flowmap.batch.ledger import Entry

__all__ = ["metrics", "write_textfile"]

_CLAIMS = ("pinned", "spread")
_VERDICTS = ("pass", "fail", "inconclusive")


def write_textfile(path: str, entries: Sequence[Entry], now_ns: int, waiting: int, unread: int) -> None:
    """Write the metrics, whole or not at all. Raises ReportError."""
    sweep(path)
    write_bytes(path, metrics(entries, now_ns, waiting, unread))


def metrics(entries: Sequence[Entry], now_ns: int, waiting: int, unread: int) -> bytes:
    """The latest run of each team in Prometheus' text format. `entries` are all current ones, `waiting` teams that wait,
    `unread` folders that could not be listed."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()

    def gauge(name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(f"flowmap_{name}", text, labels, registry=registry)

    claim = gauge("claim_verdict", "1 for the verdict that the claim has in the team's latest run, else 0.",
                  ("team", "claim", "verdict"))  # fmt: skip
    exit_code = gauge("team_exit_code", "What `flowmap analyze` exits with on the team's latest run.", ("team",))
    finished = gauge("team_analysed_timestamp_seconds", "When the team's latest run was analysed.", ("team",))
    jain = gauge("team_balance_jain", "Jain's fairness index over the bytes of all captured members, 1/n to 1.", ("team",))
    members = gauge("team_members", "Captured members, over which the balance is.", ("team",))
    speed = gauge("team_migration_bytes_per_second", "Mean speed of the fastest migration.", ("team",))
    size = gauge("team_wire_bytes", "Bytes on the wire in the team's latest run.", ("team",))
    failed = gauge("team_failed", "1 where the team's latest run could not be analysed, else 0.", ("team",))
    latest = _latest(entries)
    for entry in latest:
        outcome, team = entry.outcome, plain(entry.team)  # a folder's name may hold control characters
        for name in _CLAIMS:
            value = getattr(outcome, name) or "inconclusive"
            for verdict in _VERDICTS:
                claim.labels(team, name, verdict).set(value == verdict)
        exit_code.labels(team).set(outcome.exit_code)
        finished.labels(team).set(entry.finished_ns / 1e9)
        size.labels(team).set(outcome.wire_bytes)
        failed.labels(team).set(outcome.error is not None)
        if outcome.jain is not None:
            jain.labels(team).set(outcome.jain)
        if outcome.members is not None:
            members.labels(team).set(outcome.members)
        if outcome.migration_bps is not None:
            speed.labels(team).set(outcome.migration_bps / 8)
    gauge("teams", "Teams in the ledger.").set(len(latest))
    gauge("teams_waiting", "Teams whose captures are still being written.").set(waiting)
    gauge("folders_unread", "Folders that could not be listed by the last `flowmap batch`.").set(unread)
    gauge("batch_run_timestamp_seconds", "When `flowmap batch` last ended.").set(now_ns / 1e9)
    return bytes(generate_latest(registry))


def _latest(entries: Sequence[Entry]) -> list[Entry]:
    """The run of each team with the newest captures."""
    latest: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda one: one.order):
        latest[entry.team] = entry
    return [latest[team] for team in sorted(latest)]
