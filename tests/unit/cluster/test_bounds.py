"""What a task on a worker may take: its process is shared with others."""

from __future__ import annotations

import gc
import pickle
from pathlib import Path

import pytest

from flowmap.cluster.bounds import Bounds, Watch, anonymous_bytes
from flowmap.errors import BeyondLimit

MIB = 1 << 20


def test_seconds() -> None:
    with Watch(Bounds(seconds=3600), "w") as watch:
        watch()
    with Watch(Bounds(seconds=0), "w") as watch, pytest.raises(BeyondLimit, match="time-limit") as caught:
        watch()
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_memory_beyond_what_there_was_before() -> None:
    """Two tasks have twice as much between them."""
    gc.collect()
    before = b"x" * (64 * MIB)
    assert anonymous_bytes() > len(before)
    bounds = Bounds(memory=32 * MIB)
    with Watch(bounds, "w") as first:
        first()
        with Watch(bounds, "w") as second:
            hoard = [b"y" * (48 * MIB)]
            first()
            second()
            hoard.append(b"z" * (144 * MIB))
            with pytest.raises(BeyondLimit, match="memory-limit"):
                second()
    with Watch(bounds, "w") as after:
        after()
    assert len(hoard) == 2
