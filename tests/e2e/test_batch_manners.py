"""`flowmap batch` as a service: what it needs of its surroundings, what it leaves, whom it tells."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import warm
from prometheus_client.parser import text_string_to_metric_families
from web_server import serving

ROOT = Path(__file__).parents[2]
GOOD = ROOT / "captures" / "13a-bundle-proven"
"""Passes, as captures/MANIFEST.toml has it."""
ODD = [b"-dash'\"<b>\\", b"new\nline", b"latin\xe9"]
BARE = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}

pytestmark = pytest.mark.skipif(os.name == "nt", reason="cron, umask and names of bytes are POSIX's")


def batch(folder: Path, out: Path, *more: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "flowmap",
        "batch",
        folder.name,
        "--out",
        str(out),
        "--settle",
        "0",
        "--jobs",
        "1",
        *more,
    ]
    return subprocess.run(
        command,
        cwd=folder.parent,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
        timeout=120,
        start_new_session=True,
        **options,
    )


def modes(folder: Path) -> set[tuple[bool, int]]:
    """Kinds and permissions of all that lies there."""
    found = [path.stat().st_mode for path in [folder, *folder.rglob("*")]]
    return {(stat.S_ISDIR(mode), stat.S_IMODE(mode)) for mode in found}


@pytest.mark.parametrize(
    ("home", "umask", "expected"),
    [
        ({}, 0o077, {(True, 0o700), (False, 0o600)}),
        ({"HOME": "/proc/none"}, 0o022, {(True, 0o755), (False, 0o644)}),
    ],
    ids=["no-home", "home-read-only"],
)
def test_bare_surroundings_and_odd_names(
    tmp_path: Path, home: dict[str, str], umask: int, expected: set[tuple[bool, int]]
) -> None:
    data = tmp_path / "in"
    for name in ODD:
        shutil.copytree(GOOD, data / os.fsdecode(name))
    (data / "loop").symlink_to("loop")
    (data / "up").symlink_to(data)
    out = tmp_path / "out"
    environ = {**BARE, **home, "TMPDIR": str(tmp_path)}
    first = batch(data, out, "--json-log", str(out / "log"), env=environ, umask=umask)
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.splitlines()[0] == "3 teams analyzed of 3; 3 pass"
    again = batch(data, tmp_path / "again", "--fail-on", "never", "-v", env=environ)
    assert "latin\\xe9: pass" in again.stderr
    assert modes(out) == expected
    second = batch(data, out, env=environ, umask=umask)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
    shown = warm.run(
        [sys.executable, "-m", "flowmap", "history", "--out", str(out), "--json", "-"],
        env=environ,
        capture_output=True,
        check=True,
    )
    names = ["-dash'\"<b>\\", "latin\\xe9", "new\nline"]
    assert [row["team"] for row in json.loads(shown.stdout)] == names
    assert sorted(json.loads(line)["team"] for line in (out / "log").read_bytes().splitlines()) == names


def test_changes_are_told_and_nothing_else(tmp_path: Path) -> None:
    data, out, metrics, log = (tmp_path / name for name in ("in", "out", "flowmap.prom", "log.jsonl"))
    for name in ("one", 'two"\\'):
        shutil.copytree(GOOD, data / name)
    more = ["--textfile", str(metrics), "--json-log", str(log)]
    (tmp_path / ".flowmap.prom.1-0.tmp").write_text("left by one that was killed")
    out.mkdir()
    (out / "ledger.sqlite.lock").write_text(
        str(os.getpid())
    )  # alive, but no owner: a number used again after a restart
    with serving([503, 503, 200]) as server:
        environ = {**os.environ, "FLOWMAP_WEBHOOK": server.url}
        runs = [batch(data, out, *more, "-v", env=environ)]
        assert len(server.bodies) == 4  # the first was tried three times
        os.utime(data / "one" / "nic1.pcap")
        runs.append(batch(data, out, *more, env=environ))  # analyzed again, to no other verdict
        assert len(server.bodies) == 4
    told = [json.loads(body) for _, body in server.bodies]
    assert [line["team"] for line in told] == ["one", "one", "one", 'two"\\']
    assert {(line["verdict"], line["verdict_before"]) for line in told} == {("pass", None)}
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["team"], line["verdict_before"]) for line in lines] == [
        ("one", None),
        ('two"\\', None),
        ("one", "pass"),
    ]
    assert [run.returncode for run in runs] == [0, 0]
    written = [path.read_bytes() for path in [log, metrics, *out.rglob("*")] if path.is_file()]
    assert not [text for text in [*written, *(run.stderr.encode() for run in runs)] if b"SECRET" in text]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flowmap.prom", "in", "log.jsonl", "out"]

    families = {family.name: family.samples for family in text_string_to_metric_families(metrics.read_text())}
    passed = {
        sample.labels["team"]: sample.value
        for sample in families["flowmap_claim_verdict"]
        if (sample.labels["claim"], sample.labels["verdict"]) == ("pinned", "pass")
    }
    assert passed == {"one": 1, 'two"\\': 1}
    with closing(sqlite3.connect(out / "ledger.sqlite")) as database:
        (finished,) = database.execute("SELECT finished_ns FROM analysis WHERE team = 'one' AND current").fetchone()
    analyzed = {sample.labels["team"]: sample.value for sample in families["flowmap_team_analysed_timestamp_seconds"]}
    assert analyzed["one"] == pytest.approx(finished / 1e9)
    if promtool := shutil.which("promtool"):
        checked = subprocess.run(
            [promtool, "check", "metrics"], input=metrics.read_bytes(), capture_output=True, check=False
        )
        assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_what_the_webhook_did_not_hear_is_told_by_the_next_run(tmp_path: Path) -> None:
    shutil.copytree(GOOD, tmp_path / "in" / "one")
    with serving([404, 200]) as server:
        environ = {**os.environ, "FLOWMAP_WEBHOOK": server.url}
        first = batch(tmp_path / "in", tmp_path / "out", env=environ)
        assert "1 change was not told to the webhook" in first.stderr
        for _ in range(2):
            after = batch(tmp_path / "in", tmp_path / "out", env=environ)
            assert (after.returncode, after.stdout, after.stderr) == (0, "", "")
    assert [json.loads(body)["team"] for _, body in server.bodies] == ["one", "one"]  # refused, then heard


HOLDER = """
import sys
from flowmap.batch.lock import locked
with locked(sys.argv[1], wait=False):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_wait_waits_for_the_lock(tmp_path: Path) -> None:
    shutil.copytree(GOOD, tmp_path / "in" / "one")
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "out" / "ledger.sqlite.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        refused = batch(tmp_path / "in", tmp_path / "out")
        assert (refused.returncode, refused.stdout) == (75, "")
        assert f"process {holder.pid}" in refused.stderr
        waiting = [sys.executable, "-m", "flowmap", "batch", "in", "--out", "out", "--settle", "0", "--wait"]
        with subprocess.Popen(waiting, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as run:
            with pytest.raises(subprocess.TimeoutExpired):
                run.wait(1.5)
            holder.kill()
            said, _ = run.communicate(timeout=120)
    assert (run.returncode, said.splitlines()[0]) == (0, "1 team analyzed of 1; 1 pass")
