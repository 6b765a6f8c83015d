"""The key that addresses and names are replaced by: 32 random bytes, as they are or as 64 hexadecimal digits."""

from __future__ import annotations

from flowmap.errors import ConfigError
from flowmap.message import msg

__all__ = ["KEY_HINT", "MOST_KEY_BYTES", "parse_key"]

KEY_HINT = msg("make one with: openssl rand -hex 32 > KEYFILE")
MOST_KEY_BYTES = 4096
_KEY_BYTES = 32
_LEAST_DISTINCT = 8


def parse_key(content: bytes, path: str) -> bytes:
    """Return the 32 bytes of a key.

    Raises ConfigError, with the name of the file that it is from, for any other text.

    >>> parse_key(b"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "KEYFILE")[:4].hex()
    '00112233'
    """
    key = content if len(content) == _KEY_BYTES else _from_digits(content)
    if key is None or len(key) != _KEY_BYTES:
        text = "--anonymize {path}: a key is 64 hexadecimal digits, or 32 bytes; {hint}"
        raise ConfigError(msg(text, path=path, hint=KEY_HINT))
    if len(set(key)) < _LEAST_DISTINCT:
        raise ConfigError(msg("--anonymize {path}: this key is not random; {hint}", path=path, hint=KEY_HINT))
    return key


def _from_digits(content: bytes) -> bytes | None:
    try:
        return bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        return None
