"""How time and memory grow: with packets at a few flows, and with flows at ten packets each. Drawn on two logarithmic axes."""

from __future__ import annotations

import json
import resource
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from bench.measure import peak_anonymous, warm
from bench.peers import FASTEST_OF, Peer, analysis
from bench.sets import Set, make

__all__ = ["FLOWS", "PACKETS", "Budget", "Point", "draw", "grow", "table"]

T = TypeVar("T")

PACKETS = tuple(10**n for n in range(4, 9))
FLOWS = tuple(10**n for n in range(3, 8))
PACKETS_A_FLOW = 5


BYTES_A_PACKET = {"packets": 112, "flows": 100}
"""What the sets take on the disk, about; as much again stays free."""
SHARE = 0.1
"""Of the time there is: what takes longer at one size is left out at the next."""


@dataclass(frozen=True)
class Point:
    """A tool at one size. Seconds of the processors, of the whole process: a busy machine spoils them least; `wall` is what
    the clock said. Memory in bytes, 0 where it was not looked at."""

    along: str
    size: int
    tool: str
    seconds: float
    wall: float
    anonymous: int = 0


@dataclass
class Budget:
    """How long all of it may take, about. `took`: by what is done, the seconds that it took at the last size."""

    seconds: float
    begun: float = field(default_factory=time.monotonic)
    took: dict[tuple[str, str], float] = field(default_factory=dict)

    def allows(self, along: str, what: str, most: float) -> bool:
        """Tell whether it may be done at ten times the size, in so many seconds or what is left of all."""
        left = self.seconds - (time.monotonic() - self.begun)
        return 10 * self.took.get((along, what), 0) <= min(most, left)

    def timed(self, along: str, what: str, action: Callable[[], T]) -> T:
        """Do it, and note how long it took."""
        begun = time.monotonic()
        done = action()
        self.took[along, what] = time.monotonic() - begun
        return done


def grow(
    data: Path,
    packets: Sequence[int],
    flows: Sequence[int],
    peers: Sequence[Peer],
    budget: Budget,
    say: Callable[[str], None],
) -> list[Point]:
    """Measure every size that time and disk allow; the files of each are deleted before the next is made."""
    found: list[Point] = []
    data.mkdir(parents=True, exist_ok=True)
    for along, size, one in _sizes(packets, flows):
        needed = 2 * BYTES_A_PACKET[along] * 2 * one.packets
        if shutil.disk_usage(data).free < needed or not budget.allows(along, "everything", budget.seconds):
            say(f"{along} {size}: left out, too large for the time or the disk")
            continue
        found += budget.timed(along, "everything", partial(_points, (along, size, one), data, peers, budget))
        say(f"{along} {size}: measured")
    return found


def _points(case: tuple[str, int, Set], data: Path, peers: Sequence[Peer], budget: Budget) -> list[Point]:
    """One size: flowmap, and the peers that are quick enough for it."""
    along, size, one = case
    files = make(f"{along}-{size}-", data, one=one)
    try:
        warm(files)
        before, begun = _processor(), time.monotonic()
        anonymous = peak_anonymous(analysis(files))
        found = [Point(along, size, "flowmap", _processor() - before, time.monotonic() - begun, anonymous)]
        for peer in peers:
            if peer.name in FASTEST_OF and budget.allows(along, peer.name, SHARE * budget.seconds):
                read = partial(peer.read, files, flows=max(1 << 16, 2 * size))
                taken = budget.timed(along, peer.name, read)
                found.append(Point(along, size, peer.name, taken.processor, taken.wall))
    finally:
        for file in files:
            file.unlink()
    return found


def _processor() -> float:
    """What processes that have ended took of the processors, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _sizes(packets: Sequence[int], flows: Sequence[int]) -> Iterator[tuple[str, int, Set]]:
    """Sizes are of both members together; a connection is two flows."""
    for size in packets:
        yield "packets", size, Set(size // 2)
    for size in flows:
        yield "flows", size, Set(PACKETS_A_FLOW * size // 2, connections=max(1, size // 4), port=443, kind="mixed")


def table(points: Sequence[Point]) -> list[str]:
    """The same figures as text."""
    tools = list(dict.fromkeys(point.tool for point in points))
    lines = []
    for along in dict.fromkeys(point.along for point in points):
        head = [along, "flowmap, s by the clock", *(f"{tool}, s" for tool in tools), "anonymous memory of flowmap, MB"]
        lines += [f"| {' | '.join(head)} |", f"|{' ---: |' * len(head)}"]
        for size in dict.fromkeys(point.size for point in points if point.along == along):
            here = {point.tool: point for point in points if (point.along, point.size) == (along, size)}
            cells = [f"{here[tool].seconds:.2f}" if tool in here else "" for tool in tools]
            own = here["flowmap"]
            lines.append(
                f"| {size:,} | {own.wall:.2f} | {' | '.join(cells)} | {own.anonymous / 1e6:.0f} |".replace(",", " ")
            )
        lines.append("")
    return lines


def draw(points: Sequence[Point], along: str, title: str, target: Path) -> None:
    """Time and memory along packets or flows, one above the other, as SVG."""
    import vl_convert

    rows = [asdict(point) for point in points if point.along == along]
    memory = [{**row, "megabytes": row["anonymous"] / 1e6} for row in rows if row["anonymous"]]

    def panel(values: Sequence[dict[str, Any]], field: str, name: str) -> dict[str, Any]:
        def axis(of: str, label: str) -> dict[str, Any]:
            return {
                "field": of,
                "type": "quantitative",
                "title": label,
                "scale": {"type": "log"},
                "axis": {"format": "~s"},
            }

        return {
            "data": {"values": list(values)},
            "mark": {"type": "line", "point": True},
            "width": 520,
            "height": 220,
            "encoding": {
                "x": axis("size", along),
                "y": axis(field, name),
                "color": {"field": "tool", "type": "nominal", "title": None, "sort": None},
            },
        }

    panels = [panel(rows, "seconds", "processor seconds, whole process")]
    if memory:
        panels.append(panel(memory, "megabytes", "anonymous memory, MB"))
    spec = {"title": title, "background": "white", "vconcat": panels, "resolve": {"scale": {"color": "shared"}}}
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(vl_convert.vegalite_to_svg(json.dumps(spec), allowed_base_urls=[]) + "\n", encoding="utf-8")
