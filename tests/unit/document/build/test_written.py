"""Streams, migrations and hosts are written as text as their objects would be, whatever is known of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowmap.analysis import analyze
from flowmap.document.listing import Listing
from flowmap.report.formats.json_ import _items
from flowmap.settings.config import Settings

CAPTURES = Path(__file__).parents[4] / "captures"
FOLDERS = sorted(path.name for path in CAPTURES.iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", FOLDERS)
def test_texts_are_written_as_the_objects(folder: str) -> None:
    report = analyze([str(CAPTURES / folder)], Settings(streams="all")).report
    for name in ("streams", "migrations", "hosts"):
        listing = getattr(report, name)
        if not isinstance(listing, Listing):  # nothing that could be read
            continue
        written = list(listing.written())
        assert all(isinstance(one, str) for chunk in written for one in chunk)
        assert [_items(name, chunk) for chunk in written] == [_items(name, chunk) for chunk in listing.chunks()]
