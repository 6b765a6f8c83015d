"""The frame of every page: its policy allows this style and script and nothing else, and no value ends a script block."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from factories import make_report
from html_material import material

from flowmap.report.formats.html import render
from flowmap.report.formats.html.dress import _json, _policy


def digest(text: str) -> str:
    """A source expression as Content Security Policy level 3, section 2.3.1, has it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_the_policy_names_hashes_and_nothing_else() -> None:
    policy = dict(part.split(" ", 1) for part in _policy("a{}", ["f()", "g()"]).split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": digest("a{}"),
        "script-src": f"{digest('f()')} {digest('g()')}",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


@pytest.mark.parametrize("text", ["</script>", "<!--", "a & b", "\u2028\u2029", 'quote " and \\', "ä漢"])
def test_json_reads_back_and_ends_no_block(text: str) -> None:
    written = _json({"key": [text, 1, None]})
    assert json.loads(written) == {"key": [text, 1, None]}
    assert not set(written) & set("<>&\u2028\u2029")


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_page_s_style_and_scripts_are_those_that_its_policy_allows(language: str) -> None:
    page = render(material(make_report()), language)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    policy = policy.replace("&#39;", "'")
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert digest(style) in policy
    assert scripts
    for script in scripts:
        assert digest(script) in policy
    assert policy.count("sha256-") == 1 + len(scripts)
    assert " style=" not in page  # the policy would not draw it
    assert f'<html lang="{language}"' in page
