"""One capture that is opened for each pass."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from builders import pcap

from flowmap.capture.inputs import PlannedCapture
from flowmap.passes.input import Input
from flowmap.settings.config import Settings


def test_a_spooled_capture_is_read_twice_and_closed_with_its_input(tmp_path: Path) -> None:
    """A file that nobody closes is a ResourceWarning, which is an error here."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = pcap([(1, bytes(60))])
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    one = Input(PlannedCapture(str(pipe), None, "stem", 0), Settings())
    for _ in range(2):
        source = one.open()
        view = memoryview(bytearray(200))
        assert (source.readinto(view), bytes(view[: len(data)])) == (len(data), data)
        one.close(source)
    writer.join()
    del one
    with pytest.raises(ValueError, match="closed file"):
        source.rewind()
