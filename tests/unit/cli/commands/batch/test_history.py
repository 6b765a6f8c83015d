"""What `flowmap history` shows at the width of a terminal, and what `flowmap prune` forgets."""

from __future__ import annotations

import csv
import io
import time
from pathlib import Path

import pytest

from flowmap.batch.ledger import Ledger
from flowmap.batch.model import Capture, Fingerprint, Inputs, Outcome, TeamRun
from flowmap.cli.commands.batch.history import history, prune
from flowmap.errors import ReportError
from flowmap.message import msg

DAY = 86_400 * 10**9
LONG = "north/host-with-a-long-name"


def ended(function: object, *arguments: object, **more: object) -> int:
    with pytest.raises(SystemExit) as end:
        function(*arguments, **more)  # type: ignore[operator]
    return int(str(end.value.code))


def enter(out: Path, team: str, days_ago: int, capture: Path, verdict: str = "inconclusive") -> None:
    ledger = Ledger(str(out / "ledger.sqlite"))
    (out / "reports" / team / "-").mkdir(parents=True, exist_ok=True)
    finished = time.time_ns() - days_ago * DAY
    outcome = Outcome(verdict=verdict, pinned="pass", spread=verdict, exit_code=3, jain=0.5, migration_bps=12_300_000)
    prints = [Fingerprint(str(capture), 1, 1, "", "")]
    run = TeamRun(team, "", (Capture(str(capture)),))
    ledger.record(run, Inputs(verdict, tuple(prints)), f"reports/{team}/-", (finished, finished), outcome)
    ledger.close()


@pytest.mark.parametrize(("width", "claims", "folded"), [(200, True, False), (80, False, False), (60, False, True)])
def test_a_row_keeps_its_date_and_verdict_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
    width: int,
    claims: bool,
    folded: bool,
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    enter(tmp_path, LONG, 1, tmp_path / "gone")
    assert ended(history, None, str(tmp_path)) == 0
    head, *rows = capsysbinary.readouterr().out.decode().splitlines()
    assert max(map(len, [head, *rows])) <= width
    day = time.strftime("%Y-%m-%d %H:", time.localtime(time.time() - 86_400))
    assert rows[0].startswith(f"  {day}")
    for text in ("inconclusive", "0.50", "12.3 Mbit/s"):
        assert text in rows[0]
    assert ("spread" in head, len(rows) > 1, LONG in rows[0]) == (claims, folded, not folded)


def test_prune_forgets_what_is_old_and_gone_with_its_reports(tmp_path: Path) -> None:
    there = tmp_path / "there.pcap"
    there.touch()
    gone = tmp_path / "gone.pcap"
    enter(tmp_path, "old-gone", 100, gone)
    enter(tmp_path, "old-there", 100, there)
    enter(tmp_path, "young-gone", 80, gone)
    enter(tmp_path, "superseded", 100, there, "fail")
    enter(tmp_path, "superseded", 1, there, "pass")
    assert ended(prune, "90d", str(tmp_path)) == 0
    ledger = Ledger(str(tmp_path / "ledger.sqlite"))
    left = {(entry.team, entry.outcome.verdict) for entry in ledger.everything()}
    ledger.close()
    assert left == {("old-there", "inconclusive"), ("young-gone", "inconclusive"), ("superseded", "pass")}
    teams = {"old-there", "young-gone", "superseded"}
    assert {path.name for path in (tmp_path / "reports").iterdir()} == teams
    page = (tmp_path / "index.html").read_text()
    assert {team for team in [*teams, "old-gone"] if f"reports/{team}/-/report.html" in page} == teams


def runs(out: Path, values: list[tuple[float | None, int | None]], **more: object) -> None:
    """Enter runs of one team, an hour between their captures."""
    ledger = Ledger(str(out / "ledger.sqlite"))
    for number, (jain, speed) in enumerate(values):
        fields = {
            "verdict": "pass",
            "exit_code": 0,
            "jain": jain,
            "migration_bps": speed,
            "captured_ns": number * HOUR,
            **more,
        }
        outcome = Outcome(**fields)  # type: ignore[arg-type]
        ledger.record(
            TeamRun("host", f"r{number}", ()), Inputs("d"), f"reports/host/@r{number}", (1, 1_500_000_001), outcome
        )
    ledger.close()


HOUR = 3600 * 10**9
FASTER = [(0.9, 8 * 10**9), (0.7, 2 * 10**9), (None, None), (0.5, 10**9), (0.6, 3 * 10**9)]


def test_where_balance_and_speed_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """The middle of the earlier half beside that of the later one, of the runs that have a value: 0.9, 0.7 | 0.5, 0.6."""
    monkeypatch.setenv("COLUMNS", "120")
    runs(tmp_path, FASTER)
    assert ended(history, "host", str(tmp_path)) == 0
    told = capsysbinary.readouterr().out.decode().splitlines()[-2:]
    assert told == [
        "  Balance (Jain): 0.80 in the earlier half of its runs, 0.55 in the later half.",
        "  Migrations: 5.0 Gbit/s in the earlier half of its runs, 2.0 Gbit/s in the later half.",
    ]
    assert ended(history, None, str(tmp_path)) == 0
    assert "half" not in capsysbinary.readouterr().out.decode()


def test_of_fewer_than_four_runs_there_is_no_trend(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    runs(tmp_path, FASTER[:4])  # one of them without a value
    ended(history, "host", str(tmp_path))
    assert "half" not in capsysbinary.readouterr().out.decode()


def test_for_how_long_a_member_was_full_while_others_idled(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    runs(tmp_path, [(0.5, 1)], imbalance_s=30.0)
    ended(history, "host", str(tmp_path))
    last = capsysbinary.readouterr().out.decode().splitlines()[-1]
    assert last == "  In 1 of 1 runs a member was full while others idled, 30 seconds in all."


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_has_a_row_for_each_analysis(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    runs(tmp_path, [(0.5, 10**9)], findings=("FM301", "FM202"), summary='He said "no",\nand more')
    ledger = Ledger(str(tmp_path / "ledger.sqlite"))
    ledger.record(
        TeamRun("=cmd|x", "", ()), Inputs("d"), "reports/x/-", (0, 1), Outcome(error="cannot be read", exit_code=4)
    )
    ledger.close()
    assert ended(history, None, str(tmp_path), csv="-") == 0
    broken, good = sorted(table(capsysbinary.readouterr().out.decode()), key=lambda one: one["verdict"])
    assert (good["team"], good["run"], good["current"], good["verdict"]) == ("host", "r0", "true", "pass")
    assert (good["started"], good["finished"]) == ("1970-01-01T00:00:00.000000001Z", "1970-01-01T00:00:01.500000001Z")
    assert (good["balance_jain"], good["migration_bps"], good["findings"]) == ("0.5", "1000000000", "FM301 FM202")
    assert (good["error"], good["imbalance_s"]) == ("", "")
    assert (broken["verdict"], broken["exit_code"], broken["error"]) == ("error", "4", "cannot be read")
    assert not broken["team"].startswith("=")  # no formula of a spreadsheet


def test_a_history_of_nothing_has_its_heading(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    runs(tmp_path, [])
    assert ended(history, None, str(tmp_path), csv="-") == 0
    empty = capsysbinary.readouterr().out.decode()
    runs(tmp_path, [(0.5, 1)])
    ended(history, None, str(tmp_path), csv="-")
    heading, row = capsysbinary.readouterr().out.decode().splitlines()
    assert empty.splitlines() == [heading]
    assert heading.split(",")[:4] == ["team", "run", "current", "captured"]
    assert len(row.split(",")) == len(heading.split(","))


def test_json_and_csv_of_one_history_are_two_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs(tmp_path, [(0.5, 1)])
    assert ended(history, None, str(tmp_path), json="-", csv="-") == 2
    place = tmp_path / "h.csv"
    assert ended(history, None, str(tmp_path), json=str(tmp_path / "h.json"), csv=str(place)) == 0
    assert [one["team"] for one in table(place.read_text())] == ["host"]
    capsys.readouterr()


def test_what_would_go_is_shown_beside_a_run_and_without_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dry run writes nothing, so it needs no right to: a disk may be read-only, or a night at work."""
    enter(tmp_path, "host", 100, tmp_path / "gone")
    monkeypatch.setattr("flowmap.batch.lock.locked", lambda *_, **__: pytest.fail("locked"))
    assert ended(prune, "90d", str(tmp_path), dry_run=True) == 0
    said = capsys.readouterr()
    assert "host" in said.out
    assert "1 analysis would be deleted" in said.err
    assert not (tmp_path / "ledger.sqlite.lock").exists()


def test_an_index_that_cannot_be_written_is_told_beside_what_was_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise ReportError(msg("index.html: cannot be written: {reason}", reason="full"))

    enter(tmp_path, "host", 100, tmp_path / "gone")
    monkeypatch.setattr("flowmap.batch.output.index.write_index", full)
    assert ended(prune, "90d", str(tmp_path)) == 74
    said = capsys.readouterr().err
    assert "index.html: cannot be written: full" in said
    assert "1 analysis deleted" in said
