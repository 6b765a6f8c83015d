"""`flowmap batch` refuses what cannot be meant before a night's work, and says which option it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flowmap.cli.commands.batch.options import BatchOptions
from flowmap.errors import ConfigError


@pytest.fixture
def options(tmp_path: Path) -> Any:
    (tmp_path / "in").mkdir()

    def made(**changes: Any) -> BatchOptions:
        values: dict[str, Any] = {
            "folders": [str(tmp_path / "in")],
            "out": str(tmp_path / "out"),
            "ledger": None,
            "layout": None,
            "textfile": None,
            "webhook": None,
            "jobs": None,
            "scheduler": None,
            "since": None,
            "settle": 60.0,
            "time_limit": 0.0,
            "memory_limit": "0",
            "fail_on": "inconclusive",
            "again": [],
            "json_log": None,
            "wait": False,
            "quiet": False,
            "verbose": False,
        }
        return BatchOptions(**(values | changes))

    return made


@pytest.mark.parametrize(
    ("given", "level", "only_new"),
    [
        ("warning", "warning", False),
        ("fail,new", "fail", True),
        ("new,never", "never", True),
        ("new", "inconclusive", True),
    ],
)
def test_what_fails_a_run(options: Any, given: str, level: str, only_new: bool) -> None:
    made = options(fail_on=given)
    made.check()
    assert (made.level, made.only_new) == (level, only_new)


@pytest.mark.parametrize("given", ["", "all", "fail,warning", "fail,fail", "new,new", "fail, new", "FAIL"])
def test_what_is_no_level(options: Any, given: str) -> None:
    with pytest.raises(ConfigError, match="--fail-on"):
        options(fail_on=given).check()


@pytest.mark.parametrize("address", ["https://host/path", "http://10.0.0.1:8080", "https://[2001:db8::1]/x"])
def test_addresses(options: Any, address: str) -> None:
    options(webhook=address).check()


@pytest.mark.parametrize(
    "address", ["host/path", "ftp://host/", "https:///path", "http://host:port/", "http://[::1/", "https://a b/", ""]
)
def test_what_is_no_address(options: Any, address: str) -> None:
    with pytest.raises(ConfigError, match="--webhook") as refused:
        options(webhook=address).check()
    assert address not in str(refused.value) or not address  # it may hold a secret


def test_folders(options: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        options(folders=[str(tmp_path / "gone")]).check()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "in")
    for out in (tmp_path / "in", link):
        with pytest.raises(ConfigError, match="is the folder of the captures itself"):
            options(out=str(out)).check()
    options(out=str(tmp_path / "in" / "new")).check()


def test_a_textfile_is_a_file(options: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--textfile"):
        options(textfile=str(tmp_path)).check()
    options(textfile=str(tmp_path / "flowmap.prom")).check()


def test_where_the_ledger_is(options: Any, tmp_path: Path) -> None:
    assert options().ledger_path == str(tmp_path / "out" / "ledger.sqlite")
    assert options(ledger="/x/y.sqlite").ledger_path == "/x/y.sqlite"
