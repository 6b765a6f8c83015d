"""Metrics as Prometheus' own parser reads them: the latest run of each team, in base units."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from flowmap.batch.ledger import Entry
from flowmap.batch.model import Outcome
from flowmap.batch.output.textfile import Folders, metrics, write_textfile

S = 10**9


def entry(number: int, team: str = "host", captured: int = 0, **outcome: Any) -> Entry:
    return Entry(number, team, f"run {number}", "d", "f", 0, number * S, Outcome(**outcome), True, captured)


def read(*entries: Entry, folders: Folders | None = None) -> dict[tuple[str, ...], float]:
    """Values by name and label values, these in the order of their labels' names."""
    text = metrics(entries, 1_700_000_000 * S, folders or Folders()).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name.removeprefix("flowmap_"), *sample.labels.values()): sample.value for sample in samples}


def test_an_analysis() -> None:
    told = read(
        entry(
            7,
            verdict="fail",
            pinned="pass",
            exit_code=1,
            jain=0.75,
            members=4,
            migration_bps=8_000_000_000,
            imbalance_s=1.5,
            wire_bytes=10**12,
            accepted=("FM301", "FM302"),
            settled=True,
        )
    )
    assert {key: told[key, "host"] for key in ("team_exit_code", "team_balance_jain", "team_members")} == {
        "team_exit_code": 1,
        "team_balance_jain": 0.75,
        "team_members": 4,
    }
    assert told["team_migration_bytes_per_second", "host"] == 10**9  # of 8 Gbit/s
    assert told["team_wire_bytes", "host"] == 10**12
    assert told["team_imbalance_seconds", "host"] == 1.5
    assert told["team_analysed_timestamp_seconds", "host"] == 7
    assert told["team_accepted_findings", "host"] == 2
    assert (told["team_settled", "host"], told["team_failed", "host"]) == (1, 0)
    assert [key[2] for key, value in told.items() if key[0] == "team_verdict" and value] == ["fail"]
    claims = {(key[1], key[3]) for key, value in told.items() if key[0] == "claim_verdict" and value}
    assert claims == {("pinned", "pass"), ("spread", "inconclusive")}
    assert told["batch_run_timestamp_seconds",] == 1_700_000_000


def test_what_is_not_known_has_no_value() -> None:
    told = read(entry(1))
    missing = ("team_balance_jain", "team_members", "team_migration_bytes_per_second", "team_imbalance_seconds")
    assert not {key[0] for key in told} & {*missing}


def test_a_failed_run_has_no_verdict() -> None:
    told = read(entry(1, error="cannot be read", verdict="inconclusive"))
    assert told["team_failed", "host"] == 1
    assert not [key for key, value in told.items() if key[0] == "team_verdict" and value]


def test_the_newest_captures_count_not_the_last_analysis() -> None:
    told = read(entry(1, captured=200, exit_code=1), entry(2, captured=100), entry(3, "other"))
    assert told["team_exit_code", "host"] == 1
    assert told["teams",] == 2


def test_folders() -> None:
    told = read(folders=Folders(waiting=1, unread=2, empty=3))
    assert (told["teams_waiting",], told["folders_unread",], told["folders_empty",], told["teams",]) == (1, 2, 3, 0)


def test_the_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "flowmap.prom"
    path.write_text("old")
    write_textfile(str(path), [], 0, Folders())
    assert path.read_bytes() == metrics([], 0, Folders())
    assert [one.name for one in tmp_path.iterdir()] == ["flowmap.prom"]
