"""`--anonymize KEYFILE`: what is a key, and what is said where there is none."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowmap.cli.anonymize import read_key
from flowmap.errors import ConfigError

KEY = bytes(range(32))


def written(path: Path, content: bytes, mode: int = 0o600) -> str:
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize(
    "content", [KEY, KEY.hex().encode(), KEY.hex().upper().encode() + b"\n", b" " + KEY.hex().encode()]
)
def test_a_key_is_32_bytes_or_64_digits(tmp_path: Path, content: bytes) -> None:
    assert read_key(written(tmp_path / "key", content)) == KEY


@pytest.mark.parametrize(
    "content", [b"", KEY[:31], KEY + b"\n", KEY.hex()[:62].encode(), KEY.hex().encode() * 2, b"z" * 64]
)
def test_anything_else_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ConfigError, match=r"64 hexadecimal digits.*openssl rand -hex 32"):
        read_key(written(tmp_path / "key", content))


def test_a_key_that_nobody_drew_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not random"):
        read_key(written(tmp_path / "key", b"\0" * 32))


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)])
def test_a_key_that_others_can_read_is_used_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: int, warned: bool
) -> None:
    assert read_key(written(tmp_path / "key", KEY, mode)) == KEY
    assert ("chmod 600" in capsys.readouterr().err) is warned


@pytest.mark.parametrize(
    "command", [["analyze"], ["inspect"], ["verify"], ["extract", "--stream", "0", "-o", "o.pcapng"]]
)
def test_without_the_key_nothing_is_done(run: Callable[..., Any], command: list[str]) -> None:
    result = run(command[0], "x.pcap", *command[1:], "--anonymize", "nowhere/key")
    assert result.code == 2
    assert result.out == ""
    assert "nowhere/key: No such file or directory; make one with: openssl rand -hex 32" in result.err


@pytest.mark.parametrize("command", [["analyze", "--json"], ["inspect", "--json"], ["extract", "--stream", "0", "-o"]])
def test_the_key_is_never_overwritten(run: Callable[..., Any], tmp_path: Path, command: list[str]) -> None:
    key = written(tmp_path / "key", KEY)
    result = run(command[0], "x.pcap", *command[1:], key, "--anonymize", key)
    assert result.code == 2
    assert "would overwrite an input" in result.err
    assert Path(key).read_bytes() == KEY


def test_an_error_names_no_input(run: Callable[..., Any], tmp_path: Path) -> None:
    key = written(tmp_path / "key", KEY)
    (tmp_path / "acme-secret.json").write_text("{}", encoding="utf-8")
    result = run("extract", "acme-secret.json", "--stream", "0", "-o", "o.pcapng", "-v", "--anonymize", key)
    assert result.code == 2
    assert "capture-1: is no report" in result.err
    assert "acme-secret" not in result.err
