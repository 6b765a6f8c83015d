"""Any text, as a CommonMark parser with GitHub's tables shows it: exactly itself, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from flowmap.document.quantities import plain
from flowmap.report.formats.markdown.escaped import code, fenced, name, safe, table

PARSER = MarkdownIt("gfm-like", {"linkify": False})
SIGNS = r"""\`*_{}[]()#+-.!|<>&~=:;"'$@^ 0aäb"""
TEXT = st.one_of(st.text(SIGNS, max_size=12), st.text(max_size=12))


def shown(tokens: Any) -> str:
    """What a reader sees of inline tokens; anything but text makes it fail."""
    parts = []
    for token in tokens:
        assert token.type in ("text", "text_special", "softbreak", "code_inline"), token.type
        parts.append(token.content)
    return "".join(parts)


@given(TEXT)
@example("1. a")
@example("- a")
@example("# a")
@example("---")
@example("www.a.b")
@example("http://a.b")
@example("![a](b)")
@example("<b>&amp;")
@example("\\\\*")
def test_a_paragraph_shows_exactly_its_text(text: str) -> None:
    wanted = plain(text).strip(" ")
    tokens = PARSER.parse(safe(text))
    if not wanted:
        assert tokens == []
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert shown(tokens[1].children) == wanted


@given(TEXT.filter(lambda text: plain(text).strip(" ") != ""))
def test_code_shows_exactly_its_text(text: str) -> None:
    (_, inline, _) = PARSER.parse(code(text))
    (only,) = inline.children or []
    assert only.type == "code_inline"
    assert only.content == plain(text)
    (block,) = PARSER.parse("\n".join(fenced(text)))
    assert (block.type, block.content) == ("fence", plain(text) + "\n")


@given(st.lists(st.lists(TEXT.filter(lambda text: plain(text).strip(" ") != ""), min_size=2, max_size=2), max_size=3))
def test_a_table_has_its_cells_whatever_is_in_them(rows: list[list[str]]) -> None:
    lines = table(["one", "two"], [[safe(left), name(right)] for left, right in rows], right=[1])
    cells = [token for token in PARSER.parse("\n".join(lines)) if token.type == "inline"]
    wanted = ["one", "two", *(plain(cell).strip(" ") for row in rows for cell in row)]
    assert [shown(cell.children).strip(" ") for cell in cells] == wanted


@pytest.mark.parametrize(("cell", "width"), [("x" * 48, 48), ("x" * 49, 3)])
def test_columns_stand_under_each_other_up_to_48_letters(cell: str, width: int) -> None:
    assert table(["a"], [[cell]])[1] == f"| {'-' * width} |"
