"""`flowmap batch` over a folder at a URL: as over one of this machine, and nothing tells what is secret in it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import warm
from stores import object_store, sftp
from web import serving

pytest.importorskip("fsspec", reason="the extra cluster is not installed")
pytest.importorskip("aiohttp", reason="the extra cluster is not installed")
ROOT = Path(__file__).parents[2]
TEAMS = ("13a-bundle-proven", "lacp-down")
SECRET = "hunter2"


def batch(folder: str | Path, out: Path, *more: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowmap", "batch", folder, "--out", out, "--settle", "0", "--jobs", "1", *more]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000", **environment}
    return warm.run(
        [str(word) for word in command], capture_output=True, text=True, check=False, timeout=120, env=environment
    )


def reports(out: Path, prefix: str) -> dict[str, str]:
    return {
        str(path.relative_to(out)): path.read_text().replace(prefix, "")
        for path in (out / "reports").rglob("report.json")
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name in TEAMS:
        shutil.copytree(ROOT / "captures" / name, tmp_path / "in" / "site" / name)
    assert batch(tmp_path / "in", tmp_path / "alone").returncode == 1
    return tmp_path / "in"


@pytest.mark.parametrize("store", [sftp, object_store])
def test_real_servers(store: Any, data: Path, tmp_path: Path) -> None:
    """Run where their programs are installed: `pip install paramiko s3fs 'moto[server]'`, too much for every test run."""
    out = tmp_path / "out"
    with store(data) as (url, environment):
        runs = [
            batch(url, out, "--time-limit", "60", **environment),
            batch(url, out, "--time-limit", "60", **environment),
        ]
        assert (runs[0].returncode, runs[0].stderr) == (1, "")
        assert (runs[1].returncode, runs[1].stdout, runs[1].stderr) == (0, "", "")
        seen = re.sub(r"//\S+@", "//", url).rstrip("/")
        assert reports(out, seen) == reports(tmp_path / "alone", str(data))
        pruned = [sys.executable, "-m", "flowmap", "prune", "--keep", "0min", "--out", str(out)]
        said = warm.run(pruned, capture_output=True, text=True, check=True, env={**os.environ, **environment})
        assert "2 old ones kept" in said.stderr
        missing = batch(f"{url}none/", out, **environment)
        assert (missing.returncode, missing.stdout) == (3, "")
        assert f"{seen}/none/: no such file" in missing.stderr


def test_a_folder_at_a_web_server(data: Path, tmp_path: Path) -> None:
    out, log, metrics = (tmp_path / name for name in ("out", "log.jsonl", "flowmap.prom"))
    with serving(data, token=SECRET) as (address, _):
        url = f"{address.replace('//', f'//me:{SECRET}@')}/?token={SECRET}"
        more = ("--json-log", log, "--textfile", metrics, "-v")
        runs = [batch(url, out, *more)]
        assert (runs[0].returncode, runs[0].stdout[:22]) == (1, "2 runs analyzed of 2; ")
        assert reports(out, address) == reports(tmp_path / "alone", str(data))
        runs.append(batch(url, out))
        assert (runs[1].returncode, runs[1].stdout, runs[1].stderr) == (0, "", "")
        (data / "site" / TEAMS[0] / "nic1.pcap").write_bytes(b"junk")
        runs.append(batch(url, out, *more))
        assert runs[2].returncode == 3
        broken = json.loads((out / "reports" / "site" / f"@{TEAMS[0]}" / "report.json").read_text())["notices"]
        assert f"{address}/site/{TEAMS[0]}/nic1.pcap" in [notice["path"] for notice in broken]
        runs.append(batch(url.replace(f"token={SECRET}", "token=old"), out, *more))
        assert runs[3].returncode == 3
        assert f"{address}/: no permission to read" in runs[3].stderr
        assert "flowmap_folders_unread 1.0" in metrics.read_text()
    runs.append(batch(url, out, *more))
    assert (runs[4].returncode, runs[4].stdout) == (3, "")
    assert runs[4].stderr.startswith(f"flowmap: {address}/: cannot be read: ")
    written = [path.read_bytes() for path in [log, metrics, *out.rglob("*")] if path.is_file()]
    assert not [
        text for text in [*written, *(f"{run.stdout}{run.stderr}".encode() for run in runs)] if SECRET.encode() in text
    ]
