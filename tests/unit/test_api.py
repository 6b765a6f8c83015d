"""The public API: settings by the names of flowmap.toml, an answer with its tables, errors of ours; light to import."""

from __future__ import annotations

import doctest
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
from factories import make_answer, make_member, make_report

import flowmap
from flowmap.analysis.answer import Analysis as Found
from flowmap.api import Analysis, AnalyzeSettings, Flows
from flowmap.document.model import Report
from flowmap.document.series import Series
from flowmap.settings.layers import _KEYS

ROOT = Path(__file__).parents[2]
CAPTURES = ROOT / "captures" / "different-sources"


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return flowmap.analyze(CAPTURES, speed={"default": "10G", "hvT_nic2": "1G"}, thresholds={"spread_alpha": 0.05})


def test_a_lacking_kernel_is_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("flowmap.passes.read.available", lambda: False)
    flowmap.analyze(CAPTURES)
    told = [(record.name, record.levelname, record.getMessage()) for record in caplog.records]
    assert [(name, level) for name, level, _ in told] == [("flowmap", "WARNING")]
    assert "compiled kernel is not installed" in told[0][2]


def test_the_example_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert doctest.testmod(flowmap) == (0, 5)


def test_the_example_of_the_docs_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "captures").symlink_to(ROOT / "captures")
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    example, of_tables = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    for name in ("duckdb", "polars", "pandas"):
        pytest.importorskip(name, reason="one of the test extra's packages")
    exec(of_tables, names)
    assert names["analysis"].verdict == "pass"  # as captures/MANIFEST.toml has it


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = "{'numpy', 'pydantic', 'rich', 'typer', 'pyarrow', 'scapy', 'jinja2'}"
    code = f"import flowmap, sys; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_settings_are_those_of_the_file_and_no_others(analysis: Analysis) -> None:
    more = {"thresholds", "from_", "to", "anonymize"}
    assert set(get_type_hints(AnalyzeSettings)) == {*_KEYS, *more} - {"lang"}  # documents ask for that
    settings = analysis.report.settings
    assert (settings.default_speed, settings.speeds) == (10**10, {"hvT_nic2": 10**9})
    assert settings.thresholds["spread_alpha"] == 0.05
    assert [member.speed_bps for member in analysis.report.members] == [10**10, 10**9]


@pytest.mark.parametrize("time", ["2000-01-01T00:00:00Z", 946_684_800 * 10**9])
def test_times_are_text_or_nanoseconds(time: str | int) -> None:
    report = flowmap.analyze([str(CAPTURES)], to=time).report
    assert report.settings.to_ns == 946_684_800 * 10**9
    assert report.claims.pinned.streams == 0


@pytest.mark.parametrize(
    "settings", [{"tpo": 3}, {"streams": "some"}, {"from_": "soon"}, {"speed": "fast"}, {"top": -1}]
)
def test_settings_that_cannot_be_used_are_our_error(settings: Any) -> None:
    with pytest.raises(flowmap.ConfigError):
        flowmap.analyze(CAPTURES, **settings)


def test_an_input_that_cannot_be_read_is_a_message_beside_others(tmp_path: Path) -> None:
    some = flowmap.analyze([CAPTURES, tmp_path / "none.pcap"])
    assert some.report.exit_code == 3
    assert [message for message in some.messages if "none.pcap" in message] == [some.messages[0]]
    assert "unreadable_capture" in [notice.code for notice in some.report.notices]


def test_without_any_usable_input_it_raises(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no capture at all\n")
    with pytest.raises(flowmap.UnreadableCapture, match=r"none\.pcap") as missing:
        flowmap.analyze([tmp_path / "none.pcap", tmp_path / "notes.txt"])
    assert missing.value.path == str(tmp_path / "none.pcap")
    assert any("notes.txt" in note for note in missing.value.__notes__)
    with pytest.raises(flowmap.NotACapture, match=r"notes\.txt"):
        flowmap.analyze(tmp_path / "notes.txt")
    with pytest.raises(flowmap.CaptureError):
        flowmap.analyze(tmp_path)


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        ([], "no path"),
        ("", "no path"),
        (5, "int"),
        (b"a.pcap", "bytes"),
        ({"nic1": []}, "no path"),
        ({"a=b": "c"}, "name"),
        ({" ": "a.pcap"}, "name"),
        ({1: "a.pcap"}, "name"),
        ({"nic1": {}}, "dict"),
    ],
)
def test_what_is_no_path_is_told_as_that(paths: Any, told: str) -> None:
    with pytest.raises(flowmap.ConfigError, match=told):
        flowmap.analyze(paths)


def test_members_are_named_by_a_mapping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = sorted(CAPTURES.glob("*.pcap*"))
    found = flowmap.analyze({"left": [first], "right": str(second)})
    assert [member.name for member in found.report.members] == ["left", "right"]
    assert found.report.claims.spread.counts == {"left": 1, "right": 3}  # as captures/MANIFEST.toml has it for the two
    monkeypatch.chdir(tmp_path)
    for name, path in (("one.pcap", first), ("left=one.pcap", second)):
        (tmp_path / name).write_bytes(path.read_bytes())
    (member,) = flowmap.analyze({"left": "one.pcap"}).report.members
    assert (member.name, member.packets) == ("left", found.report.members[0].packets)


def test_it_anonymizes_as_the_command_does(tmp_path: Path) -> None:
    key = bytes(range(32))
    (tmp_path / "key").write_text(key.hex())
    given, read = (flowmap.analyze(CAPTURES, anonymize=one) for one in (key, tmp_path / "key"))
    text = given.to_json() + given.to_html() + repr(given.flows["src"].tolist()) + repr(list(given.series.members))
    assert given.report.settings.anonymized
    assert [name for name in ("10.77.0.100", "hvT_nic1") if name in text] == []
    assert given.to_json().split('"generated_at"')[0] == read.to_json().split('"generated_at"')[0]
    assert read.report.members == given.report.members
    for bad in (b"short", tmp_path / "none", b"\0" * 32):
        with pytest.raises(flowmap.ConfigError):
            flowmap.analyze(CAPTURES, anonymize=bad)


def test_flows_are_columns(analysis: Analysis) -> None:
    flows = analysis.flows
    assert flows.rows == 8
    assert isinstance(flows["wire_bytes"], np.ndarray)
    assert flows["wire_bytes"].dtype == np.uint64
    assert list(flows)[:3] == ["member", "src", "dst"]
    assert {name: len(column) for name, column in flows.items()} == dict.fromkeys(flows, 8)
    arrow = pytest.importorskip("pyarrow", reason="one of the test extra's packages")
    table = flows.to_arrow()
    assert isinstance(table, arrow.Table)
    assert table.column("packets").to_pylist() == flows["packets"].tolist()


def test_every_document_is_the_one_that_the_command_writes(analysis: Analysis) -> None:
    assert json.loads(analysis.to_json())["verdict"] == analysis.verdict == "pass"
    assert analysis.to_markdown().startswith("# flowmap: PASS\n")
    assert analysis.to_html().lower().startswith("<!doctype html>")
    assert analysis.to_png().startswith(b"\x89PNG")
    assert sum(int(wire.sum()) for wire in analysis.series.members["hvT_nic1"].values()) == sum(
        member.wire_bytes for member in analysis.report.members if member.name == "hvT_nic1"
    )
    assert repr(analysis) == f"<flowmap.Analysis: pass: {analysis.report.answer.sentence}>"


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        assert not [name for name, _value in attrs if name.startswith("on") or name in ("href", "src")]


def test_a_notebook_shows_the_answer_without_script_whatever_the_names() -> None:
    hostile = '<img src=x onerror="alert(1)">\x1b</div><script>'
    report: Report = make_report(answer=make_answer(sentence=hostile), members=[make_member(hostile)])
    shown = Analysis(report, Flows({"member": []}), Series(), (), Found(report))._repr_html_()
    assert Tags(shown).tags <= {"div", "p", "b", "ul", "li", "svg", "text", "rect", "title", "path", "polygon", "g"}
    assert "INCONCLUSIVE" in shown
    assert "&lt;img src=x" in shown
    assert report.claims.pinned.reason in shown


def test_what_is_public_is_there() -> None:
    assert flowmap.__all__ == sorted(flowmap.__all__)
    assert [name for name in flowmap.__all__ if not hasattr(flowmap, name)] == []
    assert flowmap.Analysis is Analysis
    with pytest.raises(AttributeError):
        flowmap.analyse  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("more", "states"),
    [({}, ["used"]), ({"until": "2020-01-01"}, ["ended"]), ({"team": "another"}, [])],
)
def test_what_is_accepted_holds_for_its_team_until_its_day(more: dict[str, str], states: list[str]) -> None:
    accepted = {"code": "FM301", "reason": "the port is dark", **more}
    report = flowmap.analyze(ROOT / "captures" / "lacp-down", accept=[accepted]).report
    assert [one.state for one in report.accepted] == states
