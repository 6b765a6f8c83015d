"""Names that stand for names: numbered by kind in the order in which they come up, wherever and however they stand."""

from __future__ import annotations

import os

import pytest

from flowmap.privacy.names import Names


def test_each_kind_is_numbered_by_itself_and_the_first_kind_decides() -> None:
    names = Names()
    assert [names.add(*one) for one in (("member", "a"), ("member", "b"), ("switch", "c"), ("switch", "a"))] == [
        "nic1",
        "nic2",
        "switch-1",
        "nic1",
    ]
    assert (names.get("b"), names.get("z"), len(names)) == ("nic2", None, 3)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/srv/acme/nic1.pcap", "capture-1.pcap"),
        ("/srv/acme/nic1.PCAPNG.GZ", "capture-1.pcapng.gz"),
        ("/srv/acme/nic1", "capture-1"),
        ("/srv/acme/nic1.etl", "capture-1"),
    ],
)
def test_a_capture_keeps_what_it_is_and_nothing_of_its_name(path: str, shown: str) -> None:
    assert Names().add_path(path) == shown


def test_parts_of_a_path_stand_for_themselves_where_they_stand_alone() -> None:
    names = Names()
    names.add_path("/srv/acme/nic1.pcap")
    assert names.get("nic1.pcap") == "capture-1.pcap"
    assert names.get("nic1") == "capture-1"
    assert names.get("/srv/acme") == names.get("acme") == "folder-1"
    assert names.get("/srv") == "folder-2"
    assert names.get(os.sep) is None


def test_a_path_and_its_absolute_form_are_one() -> None:
    names = Names()
    shown = names.add_path("x/nic1.pcap")
    assert names.get(os.path.abspath("x/nic1.pcap")) == shown
    assert names.add_path("x/nic1.pcap") == shown


@pytest.mark.parametrize("path", ["", "-", ".", "..", os.sep])
def test_what_is_no_name_stays(path: str) -> None:
    names = Names()
    assert names.add_path(path) == path
    assert len(names) == 0


def test_a_name_is_found_in_texts_however_it_was_written() -> None:
    names = Names()
    names.add("member", "Büro 1")
    names.add("host", "it's")
    spellings = names.spellings()
    assert spellings["büro 1"] == spellings["b\\xfcro 1"] == spellings["'büro 1'"] == "nic1"
    assert spellings["it's"] == spellings["'it'\"'\"'s'"] == "host-1"  # as a shell writes it


def test_single_letters_and_bare_numbers_are_not_looked_for() -> None:
    names = Names()
    for name in ("5", "443", "a"):
        names.add("member", name)
    assert names.spellings().keys().isdisjoint({"5", "443", "a"})
    assert names.get("443") == "nic2"
