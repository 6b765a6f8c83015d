"""Reports' pages drawn on the workers of a cluster: of a small team, drawing its charts takes longer than all the rest.

A page depends on more than its material: on the time zone, on the programs that draw, on the fonts they measure. A worker
where any of that differs draws nothing, so that pages are the same bytes wherever they are drawn.
"""

from __future__ import annotations

import hashlib
import time
from functools import cache
from importlib import metadata
from typing import Any

from flowmap.cluster.tasks import version
from flowmap.report.formats.html import Material, render

__all__ = ["likeness", "page_task"]

_MONTH_S = 2_629_746
_SAMPLE: dict[str, Any] = {
    "data": {"values": [{"n": "Hamburgefons 0123 äß", "p": 12.5}, {"n": "10.0.0.1:49152", "p": 3}]},
    "mark": "bar",
    "encoding": {
        "x": {"field": "n", "type": "nominal"},
        "y": {"field": "p", "type": "quantitative", "title": "Share, %"},
    },
}


def page_task(like: str, material: Material, language: str) -> str | None:
    """Return the page; None where it would not be the one that is drawn where `like` is from."""
    return render(material, language) if likeness() == like else None


@cache
def likeness() -> str:
    """Return what decides how a page looks, beside its material: programs, fonts, offsets of local time since 1970."""
    import vl_convert

    offsets = [time.localtime(month * _MONTH_S).tm_gmtoff for month in range(12 * 100)]
    drawn = vl_convert.vegalite_to_svg(_SAMPLE, allowed_base_urls=[])
    versions = [version(), *(metadata.version(name) for name in ("jinja2", "vl-convert-python"))]
    return hashlib.sha256(repr((versions, offsets, drawn)).encode()).hexdigest()
