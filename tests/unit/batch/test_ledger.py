"""The ledger keeps what was entered, whole, and the lock keeps others out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from flowmap.batch.ledger import _MIGRATIONS, Entry, Ledger
from flowmap.batch.model import Capture, Fingerprint, Inputs, Outcome, TeamRun
from flowmap.batch.output.textfile import Folders, metrics
from flowmap.errors import ConfigError, LedgerError
from flowmap.message import PSEUDO, glue, msg, translate

TEAM = TeamRun("site/host", "2026-05-01", (Capture("a.pcap"),))
PRINT = Fingerprint("a.pcap", 10, 20, "head", "tail")


def outcome(verdict: str) -> Outcome:
    return Outcome(verdict=verdict, exit_code={"pass": 0, "fail": 1}[verdict], jain=0.5, findings=("FM301",))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with closing(Ledger(str(tmp_path / "ledger.sqlite"))) as ledger:
        yield ledger


def test_the_latest_analysis_is_current_and_earlier_ones_are_history(ledger: Ledger) -> None:
    ledger.record(TEAM, Inputs("d1", (PRINT,)), "reports/x", (1, 2), outcome("pass"))
    before = ledger.revision()
    ledger.record(
        TEAM,
        Inputs(
            "d2",
            (
                PRINT,
                PRINT,
            ),
        ),
        "reports/x",
        (3, 4),
        outcome("fail"),
    )
    assert ledger.revision() != before
    current = ledger.current("site/host", "2026-05-01")
    assert current is not None
    assert (current.digest, current.outcome, len(ledger.inputs(current))) == ("d2", outcome("fail"), 2)
    assert [(entry.digest, entry.current) for entry in ledger.of_team("site/host")] == [("d1", False), ("d2", True)]
    assert [entry.digest for entry in ledger.all_current()] == ["d2"]


def test_forgetting_takes_the_inputs_along(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record(TEAM, Inputs("d1", (PRINT,)), "reports/x", (1, 2), outcome("pass"))
    ledger.forget(ledger.all_current())
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as database:
        assert database.execute("SELECT COUNT(*) FROM input").fetchone() == (0,)


def test_a_failure_inside_a_transaction_leaves_what_was(ledger: Ledger) -> None:
    ledger.record(TEAM, Inputs("d1", (PRINT,)), "reports/x", (1, 2), outcome("pass"))
    broken = Fingerprint("b.pcap", None, 20, "head", "tail")  # type: ignore[arg-type]
    with pytest.raises(LedgerError):
        ledger.record(TEAM, Inputs("d2", (broken,)), "reports/x", (3, 4), outcome("fail"))
    assert [(entry.digest, entry.current) for entry in ledger.of_team("site/host")] == [("d1", True)]


def test_names_that_are_no_text_are_kept(ledger: Ledger) -> None:
    team = TeamRun("latin\udce9", "", (Capture("a.pcap"),))
    prints = (Fingerprint("latin\udce9", 1, 1, "", ""),)
    ledger.record(team, Inputs("d1", prints), "reports/x", (1, 2), outcome("pass"))
    entry = ledger.current("latin\udce9", "")
    assert entry is not None
    assert (entry.team, ledger.inputs(entry)[0].path) == ("latin\\xe9", "latin\\xe9")


def test_a_ledger_of_a_newer_flowmap_and_no_ledger_are_refused(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / "new.sqlite")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(LedgerError, match="newer"):
        Ledger(str(tmp_path / "new.sqlite"))
    (tmp_path / "text.sqlite").write_text("no database, but long enough to be looked at as one" * 30)
    with pytest.raises(LedgerError, match=r"text\.sqlite"):
        Ledger(str(tmp_path / "text.sqlite"))
    with pytest.raises(ConfigError, match="no ledger"):
        Ledger(str(tmp_path / "none.sqlite"), create=False)


def test_what_came_before_is_by_the_time_of_the_captures(ledger: Ledger) -> None:
    """Runs are analyzed in any order, and old captures may be copied late."""

    def enter(run: str, captured_ns: int, verdict: str) -> Entry:
        found = replace(outcome(verdict), captured_ns=captured_ns)
        return ledger.record(TeamRun("host", run, ()), Inputs(run), "reports/x", (1, 2), found)

    assert ledger.before(enter("second", 200, "fail")) is None
    third = ledger.before(enter("third", 300, "pass"))
    assert third is not None
    assert third.run == "second"
    assert ledger.before(enter("first", 100, "pass")) is None
    assert [entry.run for entry in ledger.of_team("host")] == ["first", "second", "third"]
    again = ledger.before(enter("second", 200, "pass"))
    assert again is not None
    assert (again.run, again.outcome.verdict) == ("second", "fail")
    ledger.record(
        TeamRun("host", "zeroth", ()), Inputs("d"), "reports/x", (3, 4), replace(outcome("fail"), captured_ns=50)
    )
    assert b'flowmap_team_exit_code{team="host"} 0.0' in metrics(ledger.all_current(), 0, Folders())


def test_what_a_killed_run_entered_is_untold(tmp_path: Path) -> None:
    with closing(Ledger(str(tmp_path / "ledger.sqlite"))) as ledger:
        assert ledger.untold() == []
        ledger.record(TEAM, Inputs("d1", (PRINT,)), "reports/x", (1, 2), outcome("fail"))
    with closing(Ledger(str(tmp_path / "ledger.sqlite"))) as ledger:
        assert [entry.digest for entry in ledger.untold()] == ["d1"]
        ledger.tell_all()
        assert ledger.untold() == []


def test_metrics_hold_no_control_character_of_a_folder() -> None:
    entry = Entry(1, "host\x1b[31m\x07", "run", "digest", "folder", 0, 0, Outcome(), True)
    text = metrics([entry], 0, Folders()).decode()
    assert "\x1b" not in text
    assert 'team="host\\\\x1b[31m\\\\x07"' in text


def test_a_ledger_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """What came before is then by the captures' times too, and found by an index, however many runs there are."""
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript(_MIGRATIONS[0] + "PRAGMA user_version = 1;")
        database.executemany(
            "INSERT INTO analysis VALUES (?, 'host', ?, 'd', 'reports/x', 1, ?, ?, 1)",
            [(1, "late", 10, '{"captured_ns": 300}'), (2, "early", 11, '{"captured_ns": 100}'), (3, "none", 5, "{}")],
        )
    old = Ledger(str(path))
    entry = old.record(
        TeamRun("host", "new", ()), Inputs("d"), "reports/x", (1, 2), replace(outcome("pass"), captured_ns=200)
    )
    before = {one.run: (found.run if (found := old.before(one)) else None) for one in old.everything()}
    assert before == {"none": None, "early": "none", "new": "early", "late": "new"}
    assert entry.run == "new"
    old.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for where in ("team = '' AND run = '' AND id < 1 ORDER BY id DESC", BY_CAPTURE):
            (plan,) = database.execute(f"EXPLAIN QUERY PLAN SELECT * FROM analysis WHERE {where} LIMIT 1").fetchall()
            assert "USING INDEX by_" in plan[3]


BY_CAPTURE = "team = '' AND (captured_ns, id) < (1, 1) AND current ORDER BY captured_ns DESC, id DESC"


def test_sentences_can_be_said_in_another_language_and_old_ones_stay_english(ledger: Ledger, tmp_path: Path) -> None:
    sentence = msg("{name} is idle", name="nic1")
    changed = (glue("FM202:", msg("{count} hosts", count=3)),)
    ledger.record(TEAM, Inputs("d"), "reports/x", (1, 2), Outcome(summary=sentence, changed=changed))
    (entry,) = ledger.all_current()
    assert (entry.outcome.summary, entry.outcome.changed) == (sentence, changed)
    assert translate(entry.outcome.summary, PSEUDO) == translate(sentence, PSEUDO) != sentence
    assert translate(entry.outcome.changed[0], PSEUDO) == translate(changed[0], PSEUDO)
    with closing(sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)) as database:
        database.execute("""UPDATE analysis SET outcome = json_remove(outcome, '$.messages')""")
    (entry,) = ledger.all_current()
    assert translate(entry.outcome.summary, PSEUDO) == "nic1 is idle"
