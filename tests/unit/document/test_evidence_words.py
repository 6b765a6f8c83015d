"""Numbers that findings rest on, in words: each with its label and its unit."""

from __future__ import annotations

from typing import Any

import pytest

from flowmap.document.evidence_words import evidence_words, label_of, subject_words, value_words
from flowmap.document.model import Finding
from flowmap.message import msg


def finding(**evidence: Any) -> Finding:
    """About nic1."""
    return Finding(
        code="FM403",
        severity="warning",
        title=msg("t"),
        explanation=msg("e"),
        action=msg("a"),
        subject={"member": "nic1", "direction": "rx"},
        evidence=evidence,
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("speed_bps", 10**10, "10.0 Gbit/s"),
        ("round_trip_ns", 1_500_000, "1.5 ms"),
        ("window_bytes", 65_000, "65.0 kB"),
        ("full_share", 0.934, "93.4 %"),
        ("state", 0x3D, "0x3d"),
        ("states", [5, 0x3D], "0x05, 0x3d"),
        ("packets", 12_345, "12,345"),
        ("packets", {"nic1": 3, "nic2": 4}, "nic1 3, nic2 4"),
        ("captured_near", "between", "neither end"),
        ("direction", "rx", "received (rx)"),
        ("expected", True, "true"),
        ("p_value", 0.0078125, "0.00781"),
        ("unit", "host", "host"),
        ("of_host", None, "–"),
    ],
)
def test_a_number_has_the_unit_of_its_key(name: str, value: Any, words: str) -> None:
    assert value_words(name, value) == words


def test_what_is_unknown_is_the_subject_or_is_told_elsewhere_is_not_listed() -> None:
    told = evidence_words(
        finding(member="nic1", speed_bps=10**9, load_bps=None, idle_bps={}, kind="flapping", commands=["x"])
    )
    assert told == (("speed", "1.0 Gbit/s"),)


def test_the_subject_is_called_by_its_labels() -> None:
    assert subject_words(finding()) == (("member", "nic1"), ("direction", "received (rx)"))


def test_a_number_of_another_version_is_called_as_it_is() -> None:
    assert label_of("number_of_cats") == "number of cats"
    assert value_words("number_of_cats", 1234) == "1,234"
