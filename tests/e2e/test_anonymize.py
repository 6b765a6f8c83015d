"""Every output of every command with --anonymize, searched for every address, MAC and name that is in the captures.

Outputs are those that the command line knows: a new one is searched without being named here.
"""

from __future__ import annotations

import base64
import html
import ipaddress
import json
import os
import re
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import secret_captures as secret
import typer
from cli_outputs import analyze_outputs, drawn_as_png

from flowmap.cli import main
from flowmap.cli.app import app

Run = Callable[..., tuple[int, str, str]]
KEY = bytes(range(7, 39))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767323045")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["flowmap", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capfd.readouterr()
        return int(caught.value.code or 0), out, err

    return run


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return secret.write(tmp_path_factory.mktemp("captures"))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("key") / "team.key"
    path.write_text(KEY.hex(), encoding="ascii")
    path.chmod(0o600)
    return path


def patterns() -> Iterator[tuple[str, bytes]]:
    """(what it is of, lower-case bytes) in every form in which somebody may write it."""
    for text in secret.ADDRESSES:
        ip = ipaddress.ip_address(text)
        words = {text, ip.exploded, str(int(ip)), f"{int(ip):x}"}
        if ip.version == 6:
            words |= {":".join(f"{int(part, 16):x}" for part in ip.exploded.split(":"))}
        yield from ((text, form) for word in words for form in _texts(word))
        yield from ((text, form) for form in (ip.packed, ip.packed[::-1]))
    for text in secret.MACS:
        digits = text.replace(":", "")
        words = {text, text.replace(":", "-"), digits, ".".join(re.findall("....", digits)), str(int(digits, 16))}
        yield from ((text, form) for word in words for form in _texts(word))
        yield from ((text, form) for form in (bytes.fromhex(digits), bytes.fromhex(digits)[::-1]))
    for name in secret.NAMES:
        yield from ((name, form) for form in _texts(name))


def _texts(word: str) -> list[bytes]:
    word, word_in_hex = word.lower(), []
    if len(word) == 8:  # as many bytes as are shown of what is no capture
        word_in_hex = [word.encode().hex(" ").encode()]
    escaped = {word, json.dumps(word)[1:-1], ascii(word)[1:-1], word.encode("ascii", "xmlcharrefreplace").decode()}
    plain = [one.encode(code) for one in escaped for code in ("utf-8", "utf-16-le", "utf-16-be", "latin-1")]
    return plain + word_in_hex + [one.lower() for one in _in_base64(word.encode())]


def _in_base64(data: bytes) -> list[bytes]:
    """The letters that stand for all of `data`, wherever in an encoded text it begins."""
    whole = [base64.b64encode(bytes(before) + data)[-(-8 * before // 6) :].rstrip(b"=") for before in range(3)]
    return [one[:-1] for one in whole if len(one) > 10]


PATTERNS = sorted({(text, form.lower()) for text, form in patterns()})


def leaks(data: bytes) -> list[str]:
    """What of the captures is in an output."""
    lowered = data.lower()
    views = [data, lowered, html.unescape(lowered.decode("utf-8", "replace")).encode(), re.sub(rb"\s+", b"", lowered)]
    if data.startswith(b"\x89PNG"):
        views += [chunk.lower() for chunk in _png_texts(data)]
    return sorted({text for text, form in PATTERNS if any(form in view for view in views)})


def _png_texts(data: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        if kind in (b"zTXt", b"iTXt", b"iCCP"):
            yield from (zlib.decompress(body[m.start() :]) for m in re.finditer(rb"\x78[\x01\x9c\xda]", body))
        at += 12 + size


def cells(path: Path) -> bytes:
    """An output's bytes, those of all files in a folder; for a compressed table also its cells."""
    if path.is_dir():
        return b"".join(one.name.encode() + cells(one) for one in sorted(path.iterdir()))
    data = path.read_bytes()
    if path.suffix == ".parquet":
        import pyarrow.parquet as parquet

        table = parquet.read_table(path)
        data += repr([table.to_pylist(), table.schema.metadata]).encode()
    return data


def test_the_search_finds_all_that_is_in_the_captures(inputs: list[str]) -> None:
    data = b"".join(path.read_bytes() for path in Path(inputs[0]).iterdir())
    names = " ".join([*inputs, *secret.OPTIONS, *(path.name for path in Path(inputs[0]).iterdir())])
    data += Path(inputs[2]).read_bytes()
    assert leaks(data + names.encode()) == sorted({*secret.ADDRESSES, *secret.MACS, *secret.NAMES})


@pytest.mark.parametrize("changed", ["upper", "utf-16", "decimal", "wrapped", "html", "hex"])
def test_the_search_finds_other_forms(changed: str) -> None:
    number = int(ipaddress.ip_address(secret.HOST))
    forms = {
        "upper": secret.HOST_MAC.upper().encode(),
        "utf-16": secret.HOST.encode("utf-16-le"),
        "decimal": str(number).encode(),
        "wrapped": b"acme\n  left",
        "html": b"n&#237;c-acme&szlig;",
        "hex": b"found bytes 61 63 6d 65 74 65 78 74",
    }
    assert len(leaks(b"<" + forms[changed] + b">")) == 1


@pytest.mark.parametrize(("option", "suffix", "more"), analyze_outputs())
def test_analyze_writes_nothing_of_the_captures(
    run: Run,
    inputs: list[str],
    key: Path,
    tmp_path: Path,
    option: str,
    suffix: str,
    more: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    svgs = drawn_as_png(monkeypatch)
    written = tmp_path / f"out{suffix}"
    told = [*inputs, *secret.OPTIONS, "--streams", "all", *more]
    _code, out, err = run("analyze", *told, option, written, "-v", "--anonymize", key)
    assert leaks(cells(written) + " ".join(svgs).encode()) == []
    assert leaks((out + err).encode()) == []
    assert "nic1" in out
    assert "capture-" in err
    if not more:  # and the search finds something in what is written without
        _code, out, err = run("analyze", *told, option, written)
        assert len(leaks(cells(written) + " ".join(svgs).encode())) > 5
        assert len(leaks(out.encode())) > 10
        assert len(leaks(err.encode())) == 3


def test_every_command_that_tells_of_captures_can_anonymize() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    can = {name for name, one in commands.items() if any("--anonymize" in parameter.opts for parameter in one.params)}
    reads = {name for name, one in commands.items() if any(parameter.name == "paths" for parameter in one.params)}
    assert can == reads


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_the_text_report_has_nothing_of_the_captures(
    run: Run, inputs: list[str], key: Path, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    _code, out, err = run("analyze", *inputs, *secret.OPTIONS, "--anonymize", key)
    assert leaks((out + err).encode("utf-8", "surrogateescape")) == []


@pytest.mark.parametrize("more", [[], ["--json", "-"]])
@pytest.mark.parametrize("command", ["inspect", "verify"])
def test_inspect_and_verify_tell_nothing_of_the_captures(
    run: Run, inputs: list[str], key: Path, command: str, more: list[str]
) -> None:
    if command == "verify":
        import shutil

        if shutil.which("tshark") is None:
            pytest.skip("tshark is not installed")
    _code, out, err = run(command, *inputs, *more, "-v", "--anonymize", key)
    assert "capture-1" in out
    assert leaks((out + err).encode()) == []


def test_extract_writes_headers_of_nobody(run: Run, inputs: list[str], key: Path, tmp_path: Path) -> None:
    told = json.loads(run("analyze", *inputs, "--json", "-", "--streams", "all")[1])
    streams = [word for stream in told["streams"] for word in ("--stream", stream["id"])]
    assert len(streams) >= 10
    _code, out, err = run("extract", *inputs, *streams, "-o", tmp_path / "o.pcapng", "-v", "--anonymize", key)
    data = (tmp_path / "o.pcapng").read_bytes()
    assert leaks(data) == []
    assert leaks((out + err).encode()) == []
    assert data.count(b"nic") >= 4


@pytest.mark.parametrize("by_report", [True, False])
def test_extract_and_report_tell_of_the_same_addresses(
    run: Run, inputs: list[str], key: Path, tmp_path: Path, by_report: bool
) -> None:
    home = inputs[0]
    told = json.loads(run("analyze", home, "--json", "-", "--anonymize", key)[1])
    run("analyze", home, "-q", "--json", tmp_path / "plain.json")
    given = tmp_path / "plain.json" if by_report else home
    code, out, _err = run("extract", given, "--stream", "0", "-o", tmp_path / "o.pcapng", "--anonymize", key)
    assert code == 0
    ends = {f"{end['ip']}:{end['port']}" for end in (told["streams"][0]["client"], told["streams"][0]["server"])}
    assert all(end in out.splitlines()[0] for end in ends)
    counts = {m["name"]: m["packets"] for d in told["streams"][0]["directions"] for m in d["members"]}
    assert all(f"{name} " in out.splitlines()[1] for name in counts)


def test_a_report_that_is_anonymized_does_not_lead_back(run: Run, inputs: list[str], key: Path, tmp_path: Path) -> None:
    run("analyze", inputs[0], "-q", "--json", tmp_path / "r.json", "--anonymize", key)
    code, _out, err = run("extract", tmp_path / "r.json", "--stream", "0", "-o", "o.pcapng")
    assert code == 2
    assert "was made with --anonymize" in err


def test_every_number_verdict_and_word_is_what_it_is_without(run: Run, inputs: list[str], key: Path) -> None:
    arguments = ("analyze", *inputs, *secret.OPTIONS, "--streams", "all", "--json", "-")
    plain, mapped = json.loads(run(*arguments)[1]), json.loads(run(*arguments, "--anonymize", key)[1])
    assert (plain["settings"].pop("anonymized"), mapped["settings"].pop("anonymized")) == (False, True)
    differing = list(_differing(plain, mapped))
    assert len(differing) > 100
    assert [
        (before, after) for before, after in differing if not (isinstance(before, str) and leaks(before.encode()))
    ] == []


def _differing(plain: Any, mapped: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(plain, dict) and isinstance(mapped, dict) and len(plain) == len(mapped):
        for (key, value), (other, changed) in zip(plain.items(), mapped.items(), strict=True):
            yield from _differing(key, other)
            yield from _differing(value, changed)
    elif isinstance(plain, list) and isinstance(mapped, list) and len(plain) == len(mapped):
        for value, changed in zip(plain, mapped, strict=True):
            yield from _differing(value, changed)
    elif plain != mapped:
        yield plain, mapped


def test_the_same_key_maps_the_same_address_in_every_capture(run: Run, inputs: list[str], key: Path) -> None:
    home = Path(inputs[0])
    hosts = []
    for path in (home, home / "acme-third.pcap"):
        told = json.loads(run("analyze", path, "--json", "-", "--anonymize", key)[1])
        hosts.append({host["host"] for host in told["hosts"]})
    assert hosts[1] <= hosts[0]
    assert len(hosts[1]) == 2


@pytest.mark.parametrize("hidden", [True, False])
def test_commands_with_replaced_names_say_so(run: Run, key: Path, hidden: bool) -> None:
    both_ends = Path(__file__).parents[2] / "captures" / "05b-both-ends"
    out = run("analyze", both_ends, *(["--anonymize", key] if hidden else []))[1]
    first = " ".join(out.partition("To do:")[2].partition("TEAM")[0].split())
    assert "flowmap analyze" in first
    assert ("Names and addresses in them are replaced: put the real ones in." in " ".join(out.split())) == hidden


def test_what_the_command_line_names_in_vain_is_told_without_names(run: Run, inputs: list[str], key: Path) -> None:
    code, _, errors = run("analyze", *inputs, "--speed", "acme-nowhere=1G", "--anonymize", key)
    assert code == 2
    assert "--speed names" in errors
    assert "acme" not in errors


HOSTS = "".join(
    f"=== acme-{name} ===\n{text}\n"
    for name in ("left", "right")
    for text in [
        """\
Ethernet Channel Bonding Driver: v5.14.0

Bonding Mode: fault-tolerance (active-backup)
Currently Active Slave: eth2
MII Status: up

Slave Interface: eth2
MII Status: up
Permanent HW addr: **:**:**:**:**:31
"""
    ]
)


@pytest.mark.parametrize("how", ["hosts", "mode", "toml", "team", "settings", "threshold", "bug"])
def test_errors_that_come_before_names_are_known_tell_none(
    run: Run, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    folder = tmp_path / "acme-captures"
    folder.mkdir()
    (folder / "eth2.pcap").write_bytes((Path(__file__).parents[2] / "captures/06-failover/nic1.pcap").read_bytes())
    texts = {"hosts": HOSTS, "mode": 'name = "acme-t"\nmode = "acme-mode"\n', "toml": 'name = "acme-t"\nacme-key : 1\n'}
    (tmp_path / "acme-team.txt").write_text(texts.get(how, ""))
    more: list[object] = ["--team", tmp_path / ("acme-gone.txt" if how == "team" else "acme-team.txt")]
    if how == "settings":
        (tmp_path / "flowmap.toml").write_text('mode = "lacp"\nacme-setting = 1\n')
    if how == "threshold":
        more = ["--threshold", "acme_limit=7"]
    if how == "bug":
        monkeypatch.setattr("flowmap.analysis.plan_inputs", lambda paths: {}[HOSTS.split()[1]])
        more = []
    code, out, errors = run("analyze", folder, *more, "-v", "--anonymize", key)
    assert (code, out) == (70 if how == "bug" else 2, "")
    assert "acme" not in errors.lower()
    assert {"team": os.strerror(2), "hosts": "describes name-", "mode": "lacp"}.get(how, "") in errors


BOND = """\
=== acme-machine ===
Ethernet Channel Bonding Driver: v5.14.0

Bonding Mode: IEEE 802.3ad Dynamic link aggregation
MII Status: up

Slave Interface: acmenic1
MII Status: up
Permanent HW addr: 00:1b:21:0f:0e:0d

Slave Interface: acmenic2
MII Status: up
Permanent HW addr: 00:1b:21:0f:0e:0e
"""
ACCEPT = """\
[[accept]]
code = "FM301"
reason = "acme-reason: the port at ACME is dark"
by = "acme-anna"
subject = { members = ["acmenic2"] }
[[accept]]
code = "FM105"
reason = "never seen at acme"
"""


@pytest.mark.parametrize("given", ["folder", "option"])
def test_what_a_host_says_beside_captures_is_told_without_names(
    run: Run, key: Path, tmp_path: Path, given: str
) -> None:
    """A recorded folder: captures, what the host says of its team, counters before and after, and what is accepted."""
    place = tmp_path / "acme-host"
    (place / "acme-before").mkdir(parents=True)
    for number in (1, 2):
        source = Path(__file__).parents[2] / "captures" / "lacp-down" / f"hvT_nic{number}.pcap"
        (place / f"acmenic{number}.pcap").write_bytes(source.read_bytes())
    link = [
        {
            "ifname": f"acmenic{n}",
            "ifalias": f"acme alias {n}",
            "address": f"00:1b:21:0f:0e:0{n}",
            "stats64": {side: {"packets": 10, "bytes": 900, "errors": 3, "dropped": 2} for side in ("rx", "tx")},
        }
        for n in (1, 2)
    ]
    (place / "acme-before" / "acme-links.json").write_text(json.dumps(link))
    for one in link:
        one["stats64"]["rx"] = {"packets": 10**6, "bytes": 10**9, "errors": 9, "dropped": 99}  # type: ignore[index]
    (place / "acme-after.json").write_text(json.dumps(link))
    (place / "acme-bond.txt").write_text(BOND)
    manifest = {
        "schema": "flowmap.capture/1",
        "host": "acme-machine.example",
        "problems": ["acme-problem"],
        "counters": {"before": ["acme-before/acme-links.json"], "after": ["acme-after.json"]},
        "descriptions": ["acme-bond.txt"] if given == "folder" else [],
    }
    (place / "flowmap-capture.json").write_text(json.dumps(manifest))
    (tmp_path / "flowmap.toml").write_text(ACCEPT)
    more = [] if given == "folder" else ["--team", place / "acme-bond.txt"]
    outputs = [
        word for kind in ("json", "html", "markdown", "flows") for word in (f"--{kind}", tmp_path / f"r.{kind}.csv")
    ]
    code, out, err = run("analyze", place, *more, *outputs, "--full", "-v", "--anonymize", key)
    assert code == 1, err
    told = {one["code"]: one["state"] for one in json.loads((tmp_path / "r.json.csv").read_text())["accepted"]}
    assert told == {"FM301": "used", "FM105": "unused"}
    files = [tmp_path / f"r.{kind}.csv" for kind in ("json", "html", "markdown", "flows")]
    written = [out.encode(), err.encode(), *(file.read_bytes() for file in files)]
    for data in written:
        assert [form for form in _texts("acme") if form in data.lower()] == []
        assert b"0f:0e:0d" not in data.lower()
    assert all(b"reason-1" in data for data in written[:1])
