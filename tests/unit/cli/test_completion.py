"""What a shell offers: words that begin as typed, whatever the case, each once and sorted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flowmap.cli.completion import algorithms_like, among, modes_like, pages_like, policies_like
from flowmap.team.modes.table import every_row


def test_among_a_few_words() -> None:
    like = among("warning", "never", "fail", "fail")
    assert like("") == ["fail", "never", "warning"]
    assert like("N") == ["never"]
    assert like("x") == []


@pytest.mark.parametrize(
    ("like", "typed", "offered"),
    [
        (modes_like, "802", "802.3ad"),  # bond mode 4, Linux Documentation/networking/bonding.rst
        (modes_like, "balance-x", "balance-xor"),
        (modes_like, "SWITCH-E", "switch-embedded"),
        (policies_like, "layer2+", "layer2+3"),
        (policies_like, "LAYER3", "layer3+4"),
        (pages_like, "fm30", "FM301"),
        (pages_like, "by-d", "by-design"),
        (pages_like, "802", "802.3ad"),
    ],
)
def test_it_offers(like: Callable[[str], list[str]], typed: str, offered: str) -> None:
    found = like(typed)
    assert offered in found
    assert found == sorted({*found})
    assert all(word.lower().startswith(typed.lower()) for word in found)


def test_algorithms_are_those_of_the_table() -> None:
    assert algorithms_like("") == sorted({row.algorithm for row in every_row() if row.algorithm})
    assert algorithms_like("zzz") == []
