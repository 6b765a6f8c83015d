"""The ledger: which captures were analyzed when, with what outcome. SQLite in WAL mode, versioned.

One transaction per team, committed after its report is in place: a run that is killed leaves reports without an entry,
which the next run makes again, but never an entry without its report. `synchronous=FULL` keeps that order on power loss.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flowmap.batch.model import Fingerprint, Inputs, Outcome, TeamRun
from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError, LedgerError
from flowmap.message import msg, packed, unpacked

__all__ = ["Entry", "Ledger"]

_MIGRATIONS = (
    """
    CREATE TABLE analysis (
        id INTEGER PRIMARY KEY, team TEXT NOT NULL, run TEXT NOT NULL, digest TEXT NOT NULL, folder TEXT NOT NULL,
        started_ns INTEGER NOT NULL, finished_ns INTEGER NOT NULL, outcome TEXT NOT NULL, current INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX one_current ON analysis (team, run) WHERE current;
    CREATE INDEX by_team ON analysis (team, finished_ns);
    CREATE TABLE input (
        analysis INTEGER NOT NULL REFERENCES analysis (id) ON DELETE CASCADE, path TEXT NOT NULL, size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL, head TEXT NOT NULL, tail TEXT NOT NULL
    );
    CREATE INDEX input_of ON input (analysis);
    CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    """,
    """
    ALTER TABLE analysis ADD COLUMN captured_ns INTEGER NOT NULL DEFAULT 0;
    UPDATE analysis SET captured_ns = COALESCE(json_extract(outcome, '$.captured_ns'), finished_ns);
    CREATE INDEX by_capture ON analysis (team, captured_ns, finished_ns, id);
    CREATE INDEX by_run ON analysis (team, run, id);
    """,
    """
    UPDATE analysis SET captured_ns = (
        SELECT latest.captured_ns FROM analysis latest
        WHERE latest.team = analysis.team AND latest.run = analysis.run ORDER BY latest.id DESC LIMIT 1
    );
    DROP INDEX by_capture;
    CREATE INDEX by_capture ON analysis (team, captured_ns, id);
    """,
)
"""Each takes a ledger one version further; `PRAGMA user_version` says how many it has had. Never change one: add one."""

_BY_CAPTURE = "ORDER BY captured_ns, id"
"""As Entry.order."""
_LISTS = ("findings", "warnings", "problems", "accepted", "ended", "changed")
"""Fields of an outcome that JSON has as lists."""
_SENTENCES = ("summary", "error")
_TOLD = "told"
_POSTED = "posted"


@dataclass(frozen=True)
class Entry:
    """One analysis as the ledger has it.

    `current`: the latest of its team and run. `folder`: of its reports, in --out. `digest` is empty where the entry was
    damaged: nothing has that digest, so the run is analyzed again.
    """

    id: int
    team: str
    run: str
    digest: str
    folder: str
    started_ns: int
    finished_ns: int
    outcome: Outcome
    current: bool
    captured_ns: int = 0

    @property
    def order(self) -> tuple[int, int]:
        """Return what sorts a team's analyses: late copies of old captures are no news, whenever they are analyzed.

        All analyses of one run have the time of its latest one, so the latest comes last: a repaired run must not stand before
        the failure that it replaces, which knew no packet's time and took its files'. Clocks are set back: the number decides.
        """
        return self.captured_ns, self.id


class Ledger:
    """An open ledger.

    Raises LedgerError where it cannot be opened or written, or is of a newer flowmap, ConfigError where there is none.
    """

    def __init__(self, path: str, *, create: bool = True, read_only: bool = False) -> None:
        self.path = path
        if not create and not Path(path).is_file():
            raise ConfigError(msg("{path}: there is no ledger here; `flowmap batch` makes one", path=path))
        with self._errors():
            if read_only and (self._reading() or self._reading(immutable=True)):
                return
            self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute("PRAGMA foreign_keys = ON")
                self._migrate()
            except BaseException:
                self._db.close()
                raise

    def _reading(self, *, immutable: bool = False) -> bool:
        """Open the ledger for reading alone; return whether it can be read so. It has to be of this version.

        `immutable` is for a disk or folder that cannot be written: there SQLite cannot share a ledger in WAL mode otherwise.
        """
        if immutable and os.access(os.path.dirname(os.path.abspath(self.path)), os.W_OK):
            return False
        address = f"{Path(self.path).absolute().as_uri()}?mode=ro" + ("&immutable=1" if immutable else "")
        database = sqlite3.connect(address, uri=True, isolation_level=None, timeout=30)
        try:
            database.execute("SELECT COUNT(*) FROM analysis").fetchone()
            version = database.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error:
            version = None
        if version != len(_MIGRATIONS):
            database.close()
            return False
        self._db = database
        return True

    def close(self) -> None:
        """Close the ledger."""
        self._db.close()

    def current(self, team: str, run: str) -> Entry | None:
        """Return the latest analysis of a team's run."""
        rows = self._select("WHERE team = ? AND run = ? AND current", (_text(team), _text(run)))
        return rows[0] if rows else None

    def all_current(self) -> list[Entry]:
        """Return the latest analysis of every team and run, by team, then by when it was made."""
        return self._select("WHERE current ORDER BY team, run, id", ())

    def everything(self) -> list[Entry]:
        """Return every analysis, that of the oldest captures first."""
        return self._select(_BY_CAPTURE, ())

    def of_team(self, team: str) -> list[Entry]:
        """Return every analysis of a team, that of the oldest captures first."""
        return self._select(f"WHERE team = ? {_BY_CAPTURE}", (_text(team),))

    def before(self, entry: Entry) -> Entry | None:
        """Return the analysis before this one of the same run, else that of the team's captures before these."""
        again = "WHERE team = ? AND run = ? AND id < ? ORDER BY id DESC LIMIT 1"
        found = self._select(again, (entry.team, entry.run, entry.id))
        return found[0] if found else self._before_by_capture(entry)

    def _before_by_capture(self, entry: Entry) -> Entry | None:
        where = "WHERE team = ? AND (captured_ns, id) < (?, ?) AND current"
        latest = "ORDER BY captured_ns DESC, id DESC LIMIT 1"
        found = self._select(f"{where} {latest}", (entry.team, *entry.order))
        return found[0] if found else None

    def answered_before(self, entry: Entry) -> Entry | None:
        """Return the last analysis before this one that gave an answer: of the same run, else of the team's captures before."""
        answered = [one for one in self.of_team(entry.team) if one.outcome.error is None and one.id != entry.id]
        again = [one for one in answered if one.run == entry.run and one.id < entry.id]
        earlier = [one for one in answered if one.run != entry.run and one.current and one.order < entry.order]
        return max(again, key=lambda one: one.id) if again else earlier[-1] if earlier else None

    def untold(self) -> list[Entry]:
        """Return the current analyses that no run has reported to its end: it was killed, or could not write."""
        told = self.state(_TOLD)
        if told is None:  # a new ledger, or one of a flowmap that did not keep this
            self.tell_all()
            return []
        return self._select("WHERE current AND id > ? ORDER BY id", (int(told),))

    def tell_all(self) -> None:
        """Note that all analyses so far have been reported."""
        self.remember(_TOLD, self._latest())

    def unposted(self) -> list[Entry]:
        """Return the current analyses that were reported but not posted to the webhook, which did not answer."""
        posted = self.state(_POSTED)
        if posted is None:  # as with `untold`
            self.post_all()
            return []
        where = "WHERE current AND id > ? AND id <= ? ORDER BY id"
        return self._select(where, (int(posted), int(self.state(_TOLD) or 0)))

    def post_all(self) -> None:
        """Note that all analyses so far have been posted, or need not be."""
        self.remember(_POSTED, self._latest())

    def _latest(self) -> str:
        with self._errors():
            return str(self._db.execute("SELECT COALESCE(MAX(id), 0) FROM analysis").fetchone()[0])

    def teams(self) -> list[str]:
        """Return names of all teams."""
        with self._errors():
            return [str(row[0]) for row in self._db.execute("SELECT DISTINCT team FROM analysis ORDER BY team")]

    def inputs(self, entry: Entry) -> list[Fingerprint]:
        """Return what was analyzed."""
        with self._errors():
            rows = self._db.execute(
                "SELECT path, size, mtime_ns, head, tail FROM input WHERE analysis = ?", (entry.id,)
            )
            return [Fingerprint(*row) for row in rows]

    def record(self, team: TeamRun, read: Inputs, folder: str, times: tuple[int, int], outcome: Outcome) -> Entry:
        """Enter one analysis and give it; it takes the place of the earlier one of the same team and run as the current one.

        `folder`: of its reports, in --out; `times`: when it began and ended, ns.
        """
        names = _text(team.team), _text(team.run)
        captured = times[1] if outcome.captured_ns is None else outcome.captured_ns
        with self.transaction():
            self._db.execute(
                "UPDATE analysis SET current = 0, captured_ns = ? WHERE team = ? AND run = ?", (captured, *names)
            )
            cursor = self._db.execute(
                "INSERT INTO analysis (team, run, digest, folder, started_ns, finished_ns, captured_ns, outcome, current) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)",
                (*names, read.digest, folder, *times, captured, _written(outcome)),
            )
            rows = [(cursor.lastrowid, _text(p.path), p.size, p.mtime_ns, p.head, p.tail) for p in read.prints]
            self._db.executemany("INSERT INTO input VALUES (?, ?, ?, ?, ?, ?)", rows)
        return Entry(int(cursor.lastrowid or 0), *names, read.digest, folder, *times, outcome, True, captured)

    def forget(self, entries: Sequence[Entry]) -> None:
        """Remove analyses with their inputs."""
        with self.transaction():
            self._db.executemany("DELETE FROM analysis WHERE id = ?", [(entry.id,) for entry in entries])

    def state(self, key: str) -> str | None:
        """Return a remembered word."""
        with self._errors():
            row = self._db.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row[0])

    def remember(self, key: str, value: str) -> None:
        """Keep a word under a key."""
        with self.transaction():
            self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, value))

    def revision(self) -> str:
        """Return a text that changes with every analysis entered or removed."""
        with self._errors():
            row = self._db.execute(
                "SELECT COUNT(*), COALESCE(MAX(id), 0), COALESCE(SUM(id), 0) FROM analysis"
            ).fetchone()
        return "-".join(str(part) for part in row)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Yield all or nothing of what is done inside."""
        with self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _select(self, where: str, values: tuple[Any, ...]) -> list[Entry]:
        columns = "id, team, run, digest, folder, started_ns, finished_ns, outcome, current, captured_ns"
        with self._errors():
            rows = self._db.execute(f"SELECT {columns} FROM analysis {where}", values).fetchall()
        return [_entry(row) for row in rows]

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > len(_MIGRATIONS):
            raise LedgerError(msg("{path}: this ledger was written by a newer flowmap", path=self.path))
        for number in range(version, len(_MIGRATIONS)):
            statements = [part for part in _MIGRATIONS[number].split(";") if part.strip()]
            self._db.execute("BEGIN IMMEDIATE")
            for statement in statements:
                self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {number + 1}")
            self._db.execute("COMMIT")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(
                msg("{path}: the ledger cannot be used: {reason}", path=self.path, reason=error)
            ) from error


def _entry(row: Sequence[Any]) -> Entry:
    number, team, run, digest, folder, started_ns, finished_ns, outcome, current, captured_ns = row
    found = _outcome(outcome)
    return Entry(
        number,
        str(team),
        str(run),
        "" if found is None else str(digest),
        str(folder),
        _whole(started_ns),
        _whole(finished_ns),
        found or Outcome(error=msg("its entry in the ledger is damaged")),
        bool(current),
        _whole(captured_ns),
    )


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _written(outcome: Outcome) -> str:
    """Return an outcome as a row holds it: its sentences in English, and what they were made of."""
    messages = {name: packed(value) for name in _SENTENCES if (value := getattr(outcome, name))}
    messages["changed"] = [packed(one) for one in outcome.changed]
    return json.dumps({**asdict(outcome), "messages": messages}, sort_keys=True)


def _told(values: dict[str, Any], messages: Any) -> dict[str, Any]:
    """Return the fields with sentences that can be said in another language; those of an earlier flowmap are English."""
    if not isinstance(messages, dict):
        return values
    told: dict[str, Any] = {name: unpacked(messages.get(name), values[name]) for name in _SENTENCES if values.get(name)}
    changed = messages.get("changed")
    if isinstance(changed, list) and len(changed) == len(values["changed"]):
        told["changed"] = tuple(map(unpacked, changed, values["changed"]))
    return values | told


def _outcome(text: str) -> Outcome | None:
    """Return what a row says, or None of one that was damaged. Fields of a newer flowmap are passed over."""
    try:
        kept = json.loads(text)
        values = {name: value for name, value in kept.items() if name in Outcome.__dataclass_fields__}
        for name in _LISTS:
            values[name] = tuple(map(str, values.get(name) or ()))
        return Outcome(**_told(values, kept.get("messages")))
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None


def _text(name: str) -> str:
    r"""Return text as SQLite can hold it: bytes of a name that are no UTF-8 are written as \xNN."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
