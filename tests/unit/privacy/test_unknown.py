"""What stays of a message when nobody knows which of its words are names: flowmap's, the system's and numbers."""

from __future__ import annotations

import os

import pytest
from privacy_reference import V4, hide_with

from flowmap.message import glue, listed, msg
from flowmap.privacy.unknown import without_names

WORDS = frozenset({"lacp", "static", "spray_min_share"})


@pytest.mark.parametrize(
    "text", ["lacp, static", "--speed", "spray_min_share", os.strerror(28), "12.5", "10G", "flowmap"]
)
def test_words_that_are_no_names_stay(text: str) -> None:
    assert without_names(msg("before {it} behind", it=text), hide_with(), WORDS) == f"before {text} behind"


@pytest.mark.parametrize(
    "text", ["acme", "lacp acme", "acme=10G", "10G-acme", "/srv/acme/lacp", "a\nlacp", "[Errno 2] acme"]
)
def test_anything_else_is_replaced_whole(text: str) -> None:
    assert without_names(msg("{it}", it=text), hide_with(), WORDS) == "name-1"


def test_messages_within_messages_keep_their_templates() -> None:
    hide = hide_with()
    inner = listed([msg("{host} of {site}", host=name, site="acme-site") for name in ("acme-1", "acme-2")])
    told = without_names(msg("there are {what}, {count} in all", what=glue(inner, "acme"), count=2), hide, WORDS)
    assert told == "there are name-1 of name-2 and name-3 of name-2 name-4, 2 in all"
    assert hide.text("acme-2 and acme-site") == "name-3 and name-2"  # the trace behind the message


def test_known_names_and_addresses_are_what_they_are_elsewhere() -> None:
    hide = hide_with()
    member = hide.names.tell("member", "acme0")
    assert without_names(msg("{member} {address}", member="acme0", address=V4[0]), hide, WORDS) == f"{member} {V4[1]}"


def test_an_error_that_is_no_text_tells_nothing() -> None:
    assert without_names(msg("{error}", error=KeyError("acme")), hide_with(), WORDS) == "name-1"
    assert without_names("acme is not there", hide_with(), WORDS) == "name-1"
