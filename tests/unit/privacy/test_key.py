"""The key file: what `openssl rand` writes, in hexadecimal or as bytes, and nothing that is no key."""

from __future__ import annotations

import pytest

from flowmap.errors import ConfigError
from flowmap.privacy.key import parse_key

KEY = bytes(range(100, 132))


@pytest.mark.parametrize(
    "content", [KEY, KEY.hex().encode(), KEY.hex().upper().encode() + b"\n", b" " + KEY.hex(" ").encode() + b"\r\n"]
)
def test_a_key_is_32_bytes_or_their_digits(content: bytes) -> None:
    assert parse_key(content, "KEYFILE") == KEY


@pytest.mark.parametrize(
    "content", [b"", KEY[:31], KEY + b"\n", KEY.hex().encode()[:-2], b"secret", b"\xff" * 64, KEY.hex().encode() + b"x"]
)
def test_what_is_no_key_is_refused_with_how_to_make_one(content: bytes) -> None:
    with pytest.raises(ConfigError, match=r"--anonymize mine: a key is 64 hexadecimal digits.*openssl rand -hex 32"):
        parse_key(content, "mine")


def test_a_key_that_nobody_drew_is_refused() -> None:
    """Of 32 random bytes fewer than eight different ones do not come up in the life of the universe."""
    with pytest.raises(ConfigError, match="this key is not random"):
        parse_key(bytes(32), "mine")
    with pytest.raises(ConfigError, match="this key is not random"):
        parse_key(bytes([1, 2, 3, 4, 5, 6, 7] * 4 + [1, 2, 3, 4]), "mine")
    assert parse_key(bytes([0, 1, 2, 3, 4, 5, 6, 7] * 4), "mine")[7] == 7
