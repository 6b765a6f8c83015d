"""What `flowmap history` shows at the width of a terminal, and what `flowmap prune` forgets."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from flowmap.batch.ledger import Ledger
from flowmap.batch.model import Capture, Fingerprint, Outcome, TeamRun
from flowmap.cli.history import history, prune

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
    ledger.record(run, verdict, f"reports/{team}/-", (finished, finished), outcome, prints)
    ledger.close()


@pytest.mark.parametrize(("width", "claims", "folded"), [(200, True, False), (80, False, False), (60, False, True)])
def test_a_row_keeps_its_date_and_verdict_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes],
    width: int, claims: bool, folded: bool,
) -> None:  # fmt: skip
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
    assert left == {("old-there", "inconclusive"), ("young-gone", "inconclusive"), ("superseded", "pass")}
    teams = {"old-there", "young-gone", "superseded"}
    assert {path.name for path in (tmp_path / "reports").iterdir()} == teams
    page = (tmp_path / "index.html").read_text()
    assert {team for team in [*teams, "old-gone"] if f"reports/{team}/-/report.html" in page} == teams
