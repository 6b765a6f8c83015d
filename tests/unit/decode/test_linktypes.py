"""Every link type has one row: its number in the kernel, its reader and its name are the same ones everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import flowmap
from flowmap.decode.linktypes import LINK_TYPES, link_name
from flowmap.decode.rare.links import LINKS

KERNEL = Path(flowmap.__file__).parent / "decode" / "layers" / "link.pxd"


def test_a_number_has_one_row_in_order() -> None:
    numbers = [one.number for one in LINK_TYPES]
    assert numbers == sorted(set(numbers))


def test_what_the_kernel_leaves_alone_has_a_reader() -> None:
    rare = {one.number for one in LINK_TYPES if one.reader == "rare"}
    assert rare == set(LINKS)
    listed = re.search(r"link_type in \(([\d,\s]+)\)", KERNEL.read_text(encoding="utf-8"))
    assert listed is not None
    assert rare == {int(number) for number in listed[1].split(",") if number.strip()}


def test_names_are_those_of_tcpdump() -> None:
    """From libpcap's pcap_datalink_val_to_name, which prints them for `tcpdump -L`."""
    expected = {1: "EN10MB", 113: "LINUX_SLL", 219: "MPLS", 276: "LINUX_SLL2", 204: "PPP_WITH_DIR", 285: "DSA_TAG_EDSA"}
    assert {number: link_name(number) for number in expected} == expected
