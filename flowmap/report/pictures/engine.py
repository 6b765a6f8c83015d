"""The engine that draws the charts of a page: its start takes longer than a small analysis, so it begins beside the reading."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

__all__ = ["start_engine"]

_NOTHING: dict[str, Any] = {"data": {"values": []}, "mark": "point"}


def start_engine() -> threading.Thread:
    """Start the engine in a thread of its own, which holds no lock of Python's; whoever draws before it is ready waits.

    The end of the process waits too: a thread that is cut off inside the engine would take the process with it.
    """
    thread = threading.Thread(target=_draw_nothing, name="chart engine")
    thread.start()
    return thread


def _draw_nothing() -> None:
    import vl_convert

    with contextlib.suppress(ValueError):  # whoever draws a real chart is told
        vl_convert.vegalite_to_svg(_NOTHING, allowed_base_urls=[])
