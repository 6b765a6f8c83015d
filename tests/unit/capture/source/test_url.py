"""URLs: the same answer as from files, in ranges or spooled; what is secret in them is nowhere to be seen."""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from pathlib import Path

import pytest
from web import serving

from flowmap.analysis import analyze
from flowmap.capture.inputs import plan_inputs
from flowmap.capture.source.files import peek
from flowmap.capture.source.layers import open_source
from flowmap.capture.source.url import expand_url, is_url, shown, url_name
from flowmap.errors import ConfigError
from flowmap.report.formats.json_ import json_text
from flowmap.settings.config import Settings

pytest.importorskip("fsspec", reason="the extra cluster is not installed")
pytest.importorskip("aiohttp", reason="the extra cluster is not installed")
CAPTURES = Path(__file__).parents[4] / "captures"
TEAM = CAPTURES / "different-sources"
NAMES = ("hvT_nic1", "hvT_nic2")
SECRET = "hunter2"

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # aiohttp's session, closed by fsspec at the end
    pytest.mark.usefixtures("collected"),
]


def report(*arguments: str | Path) -> dict:
    analysis = analyze([str(one) for one in arguments], Settings())
    text = json_text(analysis.report) + "".join(analysis.messages)
    assert SECRET not in text
    return json.loads(json_text(analysis.report))


def without_paths(document: dict, *prefixes: str) -> str:
    text = json.dumps(document)
    for prefix in prefixes:
        text = text.replace(prefix, "")
    return text


@pytest.mark.parametrize("path", ["C:/captures/a.pcap", "a.pcap", "NIC1=s3://b/a.pcap", "-", "x::y", "c://a"])
def test_what_is_no_url(path: str) -> None:
    assert not is_url(path)


@pytest.mark.parametrize(
    ("url", "seen", "name"),
    [
        ("sftp://me:hunter2@host:22/cap/nic1.pcap", "sftp://host:22/cap/nic1.pcap", "nic1.pcap"),
        ("https://host/n%C3%BC.pcap?X-Amz-Signature=hunter2&b=a@c", "https://host/n%C3%BC.pcap", "nü.pcap"),
        ("simplecache::https://hunter2@host/a.pcap#hunter2", "simplecache::https://host/a.pcap", "a.pcap"),
        ("zip://nic1.pcap::s3://k:hunter2@b/x.zip?v=hunter2", "zip://nic1.pcap::s3://b/x.zip", "x.zip"),
        ("s3://bucket/site/nic1.pcap.gz", "s3://bucket/site/nic1.pcap.gz", "nic1.pcap.gz"),
    ],
)
def test_what_may_be_seen_of_a_url(url: str, seen: str, name: str) -> None:
    assert is_url(url)
    assert (shown(url), url_name(url)) == (seen, name)


@pytest.mark.parametrize("ranges", [True, False], ids=["in ranges", "spooled"])
def test_the_same_answer_as_from_files(ranges: bool, tmp_path: Path) -> None:
    shutil.copy(TEAM / "hvT_nic1.pcap", tmp_path)
    (tmp_path / "hvT_nic2.pcap.gz").write_bytes(gzip.compress((TEAM / "hvT_nic2.pcap").read_bytes(), mtime=0))
    with serving(tmp_path, ranges=ranges, token=SECRET) as (address, asked):
        urls = [f"{address}/{name}?token={SECRET}" for name in ("hvT_nic1.pcap", "hvT_nic2.pcap.gz")]
        found = report(*urls)
    assert [member["name"] for member in found["members"]] == list(NAMES)
    assert any(wanted for _, wanted in asked) or not ranges
    local = report(tmp_path / "hvT_nic1.pcap", tmp_path / "hvT_nic2.pcap.gz")
    assert without_paths(found, address) == without_paths(local, str(tmp_path))


def test_ranges_are_read_as_they_are_needed(tmp_path: Path) -> None:
    """The head of a capture of 40 MB does not fetch the whole."""
    (tmp_path / "long.pcap").write_bytes((TEAM / "hvT_nic1.pcap").read_bytes()[:24] + bytes(40 << 20))
    with serving(tmp_path) as (address, asked):
        source = open_source(f"{address}/long.pcap")
        assert peek(source, 4) == b"\xd4\xc3\xb2\xa1"
        assert source.skip(39 << 20) == 39 << 20
        assert source.readinto(memoryview(bytearray(10))) == 10
        source.close()
    spans = [wanted.removeprefix("bytes=").split("-") for _, wanted in asked if wanted]
    assert spans
    assert sum(int(stop) - int(start) + 1 for start, stop in spans) < 30 << 20


def test_folders_patterns_and_names() -> None:
    everything = [f"file://{TEAM}/{name}.pcap" for name in NAMES]
    assert list(expand_url(f"file://{TEAM}")) == [(one, True) for one in everything]
    assert list(expand_url(f"file://{TEAM}/*nic2.pcap")) == [(everything[1], False)]
    plan = plan_inputs([f"file://{TEAM}", f"A=file://{TEAM}/hvT_nic1.pcap", "file:///nowhere/x.pcap"])
    assert [(one.path, one.member) for one in plan.captures] == [(one, None) for one in everything]
    assert [notice.code for notice in plan.notices] == ["duplicate_input"]
    assert [failure.path for failure in plan.failures] == ["file:///nowhere/x.pcap"]


@pytest.mark.parametrize("path", ["/none.pcap?token=hunter2", "/hvT_nic1.pcap?sig=hunter3"])
def test_an_error_tells_no_secret(path: str) -> None:
    with serving(TEAM, token=SECRET) as (address, _):
        plan = plan_inputs([address.replace("//", f"//user:{SECRET}@") + path])
    (failure,) = plan.failures
    assert failure.message.startswith(f"{address}{path.partition('?')[0]}: ")
    assert not {"hunter2", "hunter3", "user"} & set(failure.message.replace(":", " ").replace("@", " ").split())
    assert ("no such file" if "none" in path else "no permission") in failure.message


def test_a_server_that_is_not_there() -> None:
    with serving(TEAM) as (address, _):
        pass
    (failure,) = plan_inputs([f"{address}/nic1.pcap?token={SECRET}"]).failures
    assert "no such file" not in failure.message
    assert SECRET not in failure.message


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(
        ConfigError, match=r"needs the extra cluster: in a clone of flowmap, pip install '\.\[cluster\]'"
    ):
        plan_inputs([f"s3://me:{SECRET}@bucket/nic1.pcap"])
