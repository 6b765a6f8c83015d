"""The closed sets of words are each defined once, and every word has its text."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import get_args

import pytest

from flowmap import words

PACKAGE = Path(words.__file__).parent
SETS = sorted(name for name in words.__all__ if get_args(getattr(words, name)))
DATA = {"AcceptanceState", "Platform", "HostSource", "Near", "FitVerdict", "Missing", "Judged", "DecoderChoice"}
"""Names, values of options, and what stands in sentences only, which say it in their own way."""


@pytest.mark.parametrize("name", sorted(set(SETS) - DATA))
def test_every_word_has_a_text(name: str) -> None:
    assert set(get_args(getattr(words, name))) - set(words.WORDS) - set(words.DIRECTIONS) == set()


def test_no_set_of_three_words_or_more_is_written_down_twice() -> None:
    found = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Subscript)
                and ast.unparse(node.value) == "Literal"
                and isinstance(node.slice, ast.Tuple)
                and all(isinstance(one, ast.Constant) for one in node.slice.elts)
            ):
                own = frozenset(str(ast.literal_eval(one)) for one in node.slice.elts)
                if len(own) > 2:
                    found[own].add(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert {own: places for own, places in found.items() if len(places) > 1} == {}
