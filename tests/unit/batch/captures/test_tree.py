"""Folders at URLs: the same teams as in a folder of this machine; captures known again by what the server tells."""

from __future__ import annotations

import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from builders import pcap
from web import serving

from flowmap.batch.captures import tree
from flowmap.batch.captures.discover import find_teams
from flowmap.batch.captures.fingerprint import digest, fingerprint, is_gone
from flowmap.batch.captures.layout import find_by_layout, read_layout
from flowmap.batch.model import Capture
from flowmap.capture.source.layers import open_source
from flowmap.message import Message

pytest.importorskip("fsspec", reason="the extra cluster is not installed")
pytest.importorskip("aiohttp", reason="the extra cluster is not installed")
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # aiohttp's session, closed by fsspec at the end
    pytest.mark.usefixtures("collected"),
]
PLACES = ("host1/a.pcap", "host1/b.pcap.gz", "site/h 2/2026-05-01/ä.pcapng", "site/h 2/2026-05-02/noname", "c.pcap")
SECRET = "hunter2"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "caps"
    for place in (*PLACES, "host1/.hidden.pcap", "host1/notes.txt"):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(b"not one" if place.endswith("txt") else pcap([]))
    (folder / "empty").mkdir()
    return folder


def teams(root: str, complaints: list[Message] | None = None) -> dict[tuple[str, str], list[str]]:
    told: list[Message] = [] if complaints is None else complaints
    where = tree.tree_at(root)
    found = {(t.team, t.run): [where.inside(c.path) for c in t.captures] for t in find_teams(root, told.append)}
    assert complaints is not None or told == []
    return found


def test_a_folder_at_a_url_holds_the_same_teams(root: Path) -> None:
    with serving(root, token=SECRET) as (address, _):
        at_server = teams(f"{address}/?token={SECRET}")
    local = teams(str(root))
    assert local[("site/h 2", "2026-05-01")] == ["site/h 2/2026-05-01/ä.pcapng"]
    assert len(local) == 4
    assert teams(f"file://{root}") == local
    assert {key: value for key, value in at_server.items() if key[1] or key[0] == "host1"} == {
        key: value for key, value in local.items() if key[1] or key[0] == "host1"
    }
    assert sum(map(len, at_server.values())) == len(PLACES)


def test_an_object_store(root: Path) -> None:
    """One without folders but those that names make."""
    import fsspec

    store = fsspec.filesystem("memory")
    store.put(str(root), "/bucket/caps", recursive=True)
    try:
        assert teams("memory://bucket/caps") == teams(str(root))
        assert teams("memory://bucket/caps/") == teams(str(root))
    finally:
        store.rm("/bucket", recursive=True)


@pytest.mark.parametrize("pattern", ["{site}/{host}/{run}/{member}.pcapng", "URL/**/{host}/{run}/{member}.pcapng"])
def test_layouts_fit_urls(root: Path, tmp_path: Path, pattern: str) -> None:
    url = f"file://{root}"
    layout = tmp_path / "layout.toml"
    layout.write_text(f'[[team]]\ncaptures = "{pattern.replace("URL", url)}"\nteam = "{{host}}"\nrun = "{{run}}"\n')
    (team,) = find_by_layout(url, read_layout(str(layout)), pytest.fail)
    assert (team.team, team.run, [one.member for one in team.captures]) == ("h 2", "2026-05-01", ["ä"])


def test_a_capture_is_known_again(root: Path) -> None:
    """By the server's word and by both ends, and no secret is needed for it."""
    data = bytearray(pcap([]) + bytes(400_000))
    file = root / "host1" / "a.pcap"

    def look(url: str) -> str:
        file.write_bytes(data)
        os.utime(file, (1_700_000_000, 1_700_000_000))
        one = fingerprint(url)
        assert (one.path, one.size, one.mtime_ns) == (url.partition("?")[0], len(data), 1_700_000_000 * 10**9)
        return digest([Capture(url)], [one], "")

    with serving(root) as (address, asked):
        first = look(f"{address}/host1/a.pcap?token=one")
        assert (
            sum(int(stop) - int(start) + 1 for _, wanted in asked for start, stop in [wanted[6:].split("-")]) < 400_000
        )
        assert look(f"{address}/host1/a.pcap?token=two") == first
        data[-1] ^= 1
        assert look(f"{address}/host1/a.pcap") != first
        data[-1] ^= 1
        data[30] ^= 1
        assert look(f"{address}/host1/a.pcap") != first
        assert not is_gone(f"{address}/host1/a.pcap")
        assert is_gone(f"{address}/host1/none.pcap")
        with pytest.raises(FileNotFoundError):
            fingerprint(f"{address}/host1/none.pcap")
    assert not is_gone(f"{address}/host1/a.pcap")
    with serving(root, token=SECRET) as (address, _):
        assert not is_gone(f"{address}/host1/a.pcap")


def test_a_large_capture_from_a_server_without_ranges(root: Path) -> None:
    (root / "long.pcap").write_bytes(pcap([]) + bytes(12 << 20))
    with serving(root, ranges=False) as (address, _):
        assert fingerprint(f"{address}/long.pcap").size == len(pcap([])) + (12 << 20)
        source = open_source(f"{address}/long.pcap")
        assert source.skip(11 << 20) == 11 << 20
        assert source.readinto(memoryview(bytearray(10))) == 10
        source.close()


def test_what_cannot_be_listed_is_said_without_secrets(root: Path) -> None:
    (root / "host1" / "index.html").write_text("<p>No list here.")
    with serving(root, token=SECRET) as (address, _):
        secret = address.replace("//", f"//me:{SECRET}@")
        cases = {
            f"{secret}/none/?token={SECRET}": "no such file",
            f"{secret}/?token=hunter3": "no permission",
            f"{secret}/host1/?token={SECRET}": "the answer names no files",
        }
        for url, needle in cases.items():
            complaints: list[Message] = []
            assert teams(url, complaints) == {}
            (complaint,) = complaints
            assert needle in complaint
            assert not [word for word in ("hunter", "me:") if word in complaint]


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()

    class Silent(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ended.wait(60)

    monkeypatch.setattr(tree, "_PATIENCE_S", 0.2)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        complaints: list[Message] = []
        assert teams(f"http://127.0.0.1:{server.server_port}/?token={SECRET}", complaints) == {}
        assert complaints == [f"http://127.0.0.1:{server.server_port}/: no answer within 0.2 seconds"]
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


def test_loops_of_links_end(root: Path) -> None:
    (root / "host1" / "up").symlink_to(root)
    before = teams(str(root))
    assert teams(f"file://{root}") == before
    shutil.rmtree(root / "site")
    with serving(root) as (address, _):  # a web server follows links: each level is another folder to it
        assert max(len(team.split("/")) for team, _ in teams(f"{address}/")) <= 33
