"""Which findings an acceptance covers, until when, and what of their evidence is a change."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from flowmap.errors import ConfigError
from flowmap.settings.acceptance import Acceptance, differences, lasting
from flowmap.settings.layers import file_layer


def test_it_covers_no_more_than_it_names() -> None:
    one = Acceptance(code="FM301", reason="known", subject={"members": ["nic2"], "direction": "rx"})
    assert one.covers("FM301", {"members": ["nic2"], "direction": "rx", "stream": 7})
    assert not one.covers("FM301", {"members": ["nic2", "nic3"], "direction": "rx"})
    assert not one.covers("FM301", {"members": ["nic2"], "direction": "tx"})
    assert not one.covers("FM302", {"members": ["nic2"], "direction": "rx"})
    assert Acceptance(code="FM301", reason="known").covers("FM301", {"members": ["any"]})


def test_its_last_day_is_a_day_on_which_it_holds() -> None:
    one = Acceptance(code="FM301", reason="known", until=date(2027, 5, 31))
    ended = [one.on(date(2027, 5, day)).ended for day in (30, 31)] + [one.on(date(2027, 6, 1)).ended]
    assert ended == [False, False, True]
    assert not Acceptance(code="FM301", reason="known").on(date(9999, 12, 31)).ended


@pytest.mark.parametrize(
    ("before", "now", "names"),
    [
        ({"hosts": 8}, {"hosts": 9}, ["hosts"]),  # a count
        ({"load_bps": 9_400_000_000}, {"load_bps": 9_100_000_000}, []),  # a measurement, a little off
        ({"load_bps": 9_400_000_000}, {"load_bps": 4_000_000_000}, ["load_bps"]),
        ({"counts": {"a": 3, "b": 0}}, {"counts": {"a": 3, "b": 1}}, ["counts"]),
        ({"members": ["a"]}, {"members": ["a", "b"]}, ["members"]),
        ({"of_host": True}, {"of_host": False}, ["of_host"]),
        ({"p_value": None}, {"p_value": 0.5}, ["p_value"]),
        ({"gone": 1}, {}, []),
    ],
)
def test_what_is_counted_may_not_differ_and_what_is_measured_may_a_little(
    before: dict[str, object], now: dict[str, object], names: list[str]
) -> None:
    assert [name for name, _, _ in differences(before, now)] == names


def test_numbers_of_streams_are_not_what_a_finding_is_known_by() -> None:
    assert lasting({"stream": 3, "streams": [1], "direction": "rx", "members": ["a"], "host": None}) == {
        "direction": "rx",
        "members": ["a"],
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[accept]]\ncode = 'FM202'\n", "reason"),
        ("[[accept]]\ncode = 'FM202'\nreason = ''\n", "reason"),
        ("[[accept]]\ncode = 'FM999x'\nreason = 'r'\n", "code"),
        ("[[accept]]\ncode = 'FM202'\nreason = 'r'\nuntill = 2027-01-01\n", "untill"),
        ("[[accept]]\ncode = 'FM202'\nreason = 'r'\nuntil = 'soon'\n", "until"),
        ("[[accept]]\ncode = 'FM202'\nreason = 'r'\nevidence = '[]'\n", "evidence"),
        ("accept = 'FM202'\n", "[[accept]]"),
    ],
)
def test_what_is_wrong_in_a_table_is_told_with_file_and_name(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "flowmap.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"flowmap\.toml: accept: ") as error:
        file_layer(file)
    assert told in str(error.value)


def file_of(tmp_path: Path, *tables: str) -> list[Acceptance]:
    file = tmp_path / "flowmap.toml"
    file.write_text("".join(f"[[accept]]\ncode = 'FM301'\n{table}\n" for table in tables))
    layer = file_layer(file)
    assert layer is not None
    return list(layer.values["accept"])


def test_who_accepts_again_is_heard(tmp_path: Path) -> None:
    """A table at the end of the file is about the same and says another day: the older one does not hold any more."""
    about = "subject = { members = ['nic2', 'nic1'] }"
    same = "subject = { members = ['nic1', 'nic2'] }"
    old, new = f"reason = 'for ever'\n{about}", f"reason = 'till May'\nuntil = 2027-05-31\n{same}"
    assert [one.reason for one in file_of(tmp_path, old, new)] == ["till May"]
    assert [one.reason for one in file_of(tmp_path, new, old)] == ["for ever"]


def test_tables_about_something_else_stay_and_the_last_one_comes_first(tmp_path: Path) -> None:
    tables = ["reason = 'any'", "reason = 'nic2'\nsubject = { members = ['nic2'] }", "reason = 'team'\nteam = 'a'"]
    assert [one.reason for one in file_of(tmp_path, *tables)] == ["team", "nic2", "any"]
