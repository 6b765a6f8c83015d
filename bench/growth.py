"""How time and memory grow: with packets at a few flows, and with flows at ten packets each. Drawn on two logarithmic axes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.measure import peak_anonymous, run, warm
from bench.peers import FASTEST_OF, Peer, analysis
from bench.sets import Set, make

__all__ = ["FLOWS", "PACKETS", "Point", "draw", "grow", "table"]

PACKETS = tuple(10**n for n in range(4, 9))
FLOWS = tuple(10**n for n in range(3, 8))
PACKETS_A_FLOW = 5


@dataclass(frozen=True)
class Point:
    """A tool at one size. Seconds of the whole process; memory in bytes, 0 where it was not looked at."""

    along: str
    size: int
    tool: str
    seconds: float
    anonymous: int = 0


def grow(
    data: Path, packets: Sequence[int], flows: Sequence[int], peers: Sequence[Peer], say: Callable[[str], None]
) -> list[Point]:
    """Measure every size; the files of each are deleted before the next is made, the largest has 10 GB."""
    found = []
    for along, size, one in _sizes(packets, flows):
        files = make(f"{along}-{size}-", data, one=one)
        warm(files)
        found.append(Point(along, size, "flowmap", run(analysis(files)).wall, peak_anonymous(analysis(files))))
        for peer in peers:
            if peer.name in FASTEST_OF:
                found.append(Point(along, size, peer.name, peer.read(files, flows=max(1 << 16, 2 * size)).wall))
        for file in files:
            file.unlink()
        say(f"{along} {size}: measured")
    return found


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
        head = [along, *(f"{tool}, s" for tool in tools), "anonymous memory of flowmap, MB"]
        lines += [f"| {' | '.join(head)} |", f"|{' ---: |' * len(head)}"]
        for size in dict.fromkeys(point.size for point in points if point.along == along):
            here = {point.tool: point for point in points if (point.along, point.size) == (along, size)}
            cells = [f"{here[tool].seconds:.2f}" if tool in here else "" for tool in tools]
            lines.append(
                f"| {size:,} | {' | '.join(cells)} | {here['flowmap'].anonymous / 1e6:.0f} |".replace(",", " ")
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

    panels = [panel(rows, "seconds", "seconds, whole process")]
    if memory:
        panels.append(panel(memory, "megabytes", "anonymous memory, MB"))
    spec = {"title": title, "background": "white", "vconcat": panels, "resolve": {"scale": {"color": "shared"}}}
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(vl_convert.vegalite_to_svg(json.dumps(spec), allowed_base_urls=[]) + "\n", encoding="utf-8")
