"""Names from captures, files and the command line that would steer a terminal, a browser, a spreadsheet or a reader's eye.

Outputs are those that the command line knows, each held to what its readers take for more than text.
"""

from __future__ import annotations

import csv
import html.parser
import io
import json
import os
import re
import sys
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import builders
import hostile_captures as hostile
import pytest
from cli_outputs import analyze_outputs, drawn_as_png
from rich.cells import cell_len

from flowmap.cli import main

Run = Callable[..., tuple[int, str, str]]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="such file names are of POSIX")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["flowmap", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capfd.readouterr()
        harmless_text(err)
        assert "Traceback" not in err
        return int(caught.value.code or 0), out, err

    return run


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "team.pcapng"
    path.write_bytes(hostile.team())
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return hostile.folder(tmp_path_factory.mktemp("files") / "d")


def harmless_text(text: str) -> None:
    """Nothing that a terminal obeys or an eye does not see, and no line that a name has made."""
    kinds = {unicodedata.category(character) for character in set(text) - {"\n"}}
    assert kinds & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} == set()
    assert [line for line in text.split("\n") if line.startswith(("FAIL  Every", "flowmap: all is well"))] == []


class Page(html.parser.HTMLParser):
    """The elements and attributes of a page, as a browser sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.scripts = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        if self.get_starttag_text() and self.get_starttag_text().startswith("<script"):  # type: ignore[union-attr]
            self.scripts += data


def harmless_page(text: str) -> Page:
    """No script, handler or link of a name's."""
    page = Page()
    page.feed(text)
    page.close()
    assert [name for name, _ in page.attributes if name.startswith("on")] == []
    links = [value for name, value in page.attributes if name in ("href", "src", "xlink:href", "action", "data")]
    assert [link for link in links if re.match(r"\s*javascript:", link) or "evil" in link] == []
    assert not re.search(r"^\s*alert\(1\)", page.scripts)
    harmless_text(re.sub(r"[\t\r]", "", text))
    return page


def check_json(data: bytes) -> None:
    told = json.loads(data.decode("utf-8"))
    names = [member["name"] for member in told["members"]]
    assert len(names) == len(set(names)) == len(hostile.NAMES)
    assert set(hostile.NAMES[:-1]) <= set(names)
    assert max(map(len, names)) <= 120 < len(hostile.NAMES[-1])
    assert [name for name in names if name.startswith("eth0")] == ["eth0", "eth0#2", "eth0#3"]
    neighbors = [member["neighbor"] for member in told["members"]]
    alone = {member["name"] for member in told["members"] if member["neighbor"] is None}
    assert alone == {name for name in hostile.NAMES if not name.strip()}
    for part in ("system", "port", "description"):
        said = [neighbor[part] for neighbor in neighbors if neighbor is not None]
        assert len(set(said) & set(hostile.NAMES)) > 20


def check_csv(data: bytes) -> None:
    rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == 2 * len(hostile.NAMES) + 1
    assert [cell for row in rows for cell in row if re.match(r"\s*[=+@-]", cell)] == []
    harmless_text(data.decode("utf-8"))


def check_lines(data: bytes) -> None:
    members = {json.loads(line)["member"] for line in data.decode("utf-8").split("\n") if line}
    assert set(hostile.NAMES[:-1]) <= members


def check_markdown(data: bytes) -> None:
    from markdown_it import MarkdownIt

    text = data.decode("utf-8")
    harmless_text(text)
    page = harmless_page(MarkdownIt("gfm-like", {"linkify": False}).render(text))
    assert page.tags <= {
        "h1",
        "h2",
        "h3",
        "p",
        "ul",
        "ol",
        "li",
        "strong",
        "em",
        "code",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "br",
        "pre",
    }
    assert "{x.\\_\\_class" in text or "{x.__class__" in text


def check_png(data: bytes) -> None:
    assert data.startswith(b"\x89PNG")
    assert b"tEXt" not in data


def check_html(data: bytes) -> None:
    page = harmless_page(data.decode("utf-8"))
    assert not page.tags & {"img", "iframe", "object", "embed", "form", "base"}
    assert "{x.__class__" in data.decode("utf-8")


def check_parquet(data: bytes) -> None:
    import pyarrow.parquet as parquet

    assert parquet.read_table(io.BytesIO(data)).num_rows > 0


CHECKS: dict[str, Callable[[bytes], None]] = {
    ".json": check_json,
    ".csv": check_csv,
    ".jsonl": check_lines,
    ".markdown": check_markdown,
    ".md": check_markdown,
    ".png": check_png,
    ".html": check_html,
    ".parquet": check_parquet,
}


@pytest.mark.parametrize(("option", "suffix", "more"), analyze_outputs())
def test_what_analyze_writes_is_harmless(
    run: Run,
    team: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    option: str,
    suffix: str,
    more: tuple[str, ...],
) -> None:
    svgs = drawn_as_png(monkeypatch)
    written = tmp_path / f"out{suffix}"
    code, out, _err = run("analyze", team, option, written, *more, "-v")
    assert code == 1
    harmless_text(out)
    files = sorted(written.iterdir()) if written.is_dir() else [written]
    for file in files:
        CHECKS[file.suffix](file.read_bytes())
        assert file.stat().st_size < 5_000_000
    for svg in svgs:
        harmless_page(svg)
        tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(svg).iter()}
        assert not tags & {"script", "image", "a", "b", "foreignObject"}
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("columns", ["40", "80", "500"])
def test_the_text_report_is_harmless(run: Run, team: Path, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    _code, out, _err = run("analyze", team)
    harmless_text(out)
    assert out.startswith("FAIL  ")
    assert "{x.__class__" in out.replace("\n", "").replace(" ", "")
    filters = re.compile(r"^ +\(?(?:ip|tcp|lacp|eth|frame)\b")  # whole, to be copied
    assert max(cell_len(line) for line in out.split("\n") if not filters.match(line)) <= int(columns)


@pytest.mark.parametrize("command", ["inspect", "verify"])
@pytest.mark.parametrize("as_json", [True, False])
def test_inspect_and_verify_are_harmless(run: Run, team: Path, files: list[str], command: str, as_json: bool) -> None:
    import shutil

    if command == "verify" and shutil.which("tshark") is None:
        pytest.skip("tshark is not installed")
    for inputs in ([team], files) if command == "inspect" else ([team],):
        code, out, _err = run(command, *inputs, *(["--json", "-"] if as_json else []))
        assert code in (0, 1)
        if as_json:
            json.loads(out)
        else:
            harmless_text(out)


@pytest.mark.parametrize("option", ["--json", "--markdown", "text"])
def test_files_with_such_names_are_analyzed(run: Run, files: list[str], option: str) -> None:
    code, out, err = run("analyze", *files, *([] if option == "text" else [option, "-"]))
    assert (code, err) == (0, "")
    if option == "--json":
        told = json.loads(out)
        assert len(told["claims"]["spread"]["counts"]) == len(set(hostile.FILE_NAMES))
        assert "raw\\xff\\x80" in told["claims"]["spread"]["counts"]
    else:
        harmless_text(out)


@pytest.mark.parametrize("name", [*hostile.FILE_NAMES, "nowhere\nflowmap: all is well"])
def test_messages_about_such_names_are_harmless(run: Run, name: str) -> None:
    code, _out, err = run("analyze", f"{name}.pcap", f"{name}=nowhere", "--speed", f"{name}=1G")
    assert code in (2, 4)
    assert all(line.startswith("flowmap: ") for line in err.splitlines())


def test_members_of_one_name_in_bytes_and_in_letters_are_refused(run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.pcap" for name in ("a\udcff", "a\\xff")]
    for number, path in enumerate(paths):
        path.write_bytes(builders.pcap(hostile.stream(number)))
    code, _out, err = run("analyze", paths[0], f"another={paths[1]}", "-q")
    assert (code, err) == (0, "")
    code, _out, err = run("analyze", *paths, "-q")
    assert code == 2
    assert "both give a member named" in err


def test_extract_is_harmless(run: Run, team: Path, tmp_path: Path) -> None:
    code, out, _err = run("extract", team, "--stream", "0", "-o", tmp_path / "o.pcapng")
    assert code == 0
    harmless_text(out)


def test_anonymized_nothing_of_the_names_is_left(run: Run, team: Path, files: list[str], tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    for inputs in ([team], files):
        _code, out, _err = run("analyze", *inputs, "--json", tmp_path / "r.json", "--anonymize", key)
        text = out + (tmp_path / "r.json").read_text(encoding="utf-8")
        words = ("evil", hostile.FORGED, "pwned", "alert", "SUM(", "__class__", "gnp", "longlong", "/C calc", "%n")
        assert [word for word in words if word in text.removeprefix("FAIL  Each")] == []
