"""What flowmap brings along may be used as flowmap itself: no package with copyleft comes in unseen, however deep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

import pytest
from packaging.requirements import Requirement

COPYLEFT = re.compile(
    r"\b(?:A|L)?GPL|General Public|\bEUPL|\bMPL|Mozilla|\bEPL|\bCDDL|\bOSL|\bCC-BY-SA|\bSSPL", re.IGNORECASE
)
KNOWN = {"scapy"}
"""GPL-2.0-only. flowmap's own text is MIT whatever it imports; who passes on a bundle with scapy inside (a frozen folder, an
image) passes on GPL-2.0 with it, as docs/installing.md says."""
EXTRAS = ("arrow", "cluster")


def needed(name: str, extras: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each distribution that one asks for here with the extras, and which extras of it."""
    for text in metadata.requires(name) or []:
        one = Requirement(text)
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield one.name.lower().replace("_", "-"), tuple(sorted(one.extras))


def closure(name: str, extras: tuple[str, ...]) -> set[str]:
    """All distributions that are installed for it, itself left out."""
    found: set[tuple[str, tuple[str, ...]]] = set()
    left = [*needed(name, extras)]
    while left:
        other = left.pop()
        if other in found or not _installed(other[0]):
            continue
        found.add(other)
        left += needed(*other)
    return {one for one, _extras in found}


def _installed(name: str) -> bool:
    """Whether it is; what belongs to an extra need not be."""
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def licence(name: str) -> str:
    """What its metadata says: the expression, else classifiers, else the first line of the text."""
    about = metadata.metadata(name)
    if about.get("License-Expression"):
        return str(about.get("License-Expression"))
    classified = [line for line in about.get_all("Classifier") or [] if line.startswith("License ::")]
    return "; ".join(classified) or str(about["License"] or "").strip().partition("\n")[0]


def test_no_copyleft_comes_in_unseen() -> None:
    try:
        every = closure("flowmap-pcap", EXTRAS)
    except metadata.PackageNotFoundError:
        pytest.skip("flowmap is not installed, so what it needs is not known")
    assert {"numpy", "scapy", "pydantic", "lxml"} <= every
    assert {name: licence(name) for name in every if not licence(name)} == {}
    assert {name for name in every if re.search(COPYLEFT, licence(name)) and " OR " not in licence(name)} == KNOWN
