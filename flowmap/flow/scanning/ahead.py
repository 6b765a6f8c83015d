"""The blocks of a capture, where wanted with a second thread at work on its bytes.

Of a plain file both threads count, in turn (`partner.py`). Of what must be unpacked one unpacks what comes next while the other
counts: blocks come whole and in their order. What is counted does not depend on how many threads there are. The walk is not
left to that thread: an index that another processor has written takes longer to read than walking takes, 44 ns a packet in all
where it is 37 so. A capture is not split in parts that are counted at once: what is kept of a direction's sequence numbers
depends on the order of its packets, and putting parts together would cost more than it saves.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from flowmap.capture.opened import AnyReader
from flowmap.capture.reader import Block, CaptureReader
from flowmap.flow.scanning.partner import Partner
from flowmap.flow.table import CompiledTable, FlowTable

__all__ = ["blocks_of"]

_NAME = "flowmap-reading-ahead"


def blocks_of(reader: AnyReader, ahead: bool, table: FlowTable | None = None) -> Iterator[Block]:
    """Yield the blocks of `reader`, each valid until the next is asked for; a compiled table takes first what it can.

    `ahead`: a second thread works on what comes next.
    """
    compiled = table if isinstance(table, CompiledTable) else None
    count_straight = None if compiled is None else compiled.count_straight
    if not isinstance(reader, CaptureReader):
        yield from reader.blocks()
        return
    if not ahead:
        yield from reader.blocks(count_straight)
        return
    pool = ThreadPoolExecutor(1, _NAME)
    try:
        if compiled is not None and reader.in_file:
            compiled.partner = Partner(pool)
        else:
            reader.read_ahead(pool)
        yield from reader.blocks(count_straight)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)  # it may wait for bytes that never come
        raise
    pool.shutdown()
