"""The key of the authors of Crypto-PAn, and what it maps two addresses to (see tests/unit/privacy/test_addresses.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowmap.privacy.anonymizer import Anonymizer

REFERENCE_KEY = bytes(
    [
        21,
        34,
        23,
        141,
        51,
        164,
        207,
        128,
        19,
        10,
        91,
        22,
        73,
        144,
        125,
        16,
        216,
        152,
        143,
        131,
        121,
        121,
        101,
        39,
        98,
        87,
        76,
        45,
        42,
        132,
        34,
        2,
    ]
)
V4 = ("128.11.68.132", "135.242.180.132")
V6 = ("2001:db8::1", "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e")


def hide_with(key: bytes = REFERENCE_KEY) -> Anonymizer:
    from flowmap.privacy.anonymizer import Anonymizer

    return Anonymizer(key)
