"""Measured sets as tables of Markdown, and what flowmap is held to beside what was measured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.speed import Measured, Row

__all__ = ["held_to", "into", "table"]

MB = 1_000_000
WHOLE_X = {"snap": 5, "holes": 5, "spray": 2, "many": 8, "pcapng": 5}
"""How many times as long as flowmap, whole process, the fastest flow tool shall take at least."""
NET_X = {"snap": 8, "holes": 8}
"""The same with the start-up of both taken off."""
HOLES_OVER_SNAP, FULL_OVER_CAT = 1.3, 1.3
JUDGED_MS, JUDGED_BYTES = 0.1, 4000
ANONYMOUS, ANONYMOUS_A_FLOW = 200 * MB, 300
STARTUP = {"analyze": 5, "page": 12, "help": 12}
SIZE = 310 * MB


def table(one: Measured) -> list[str]:
    """One set's table: flowmap first, then from the fastest on. x: how many times as long as flowmap, whole and net."""
    own = one.rows[0]
    lines = [
        f"**{one.name}**: {one.files} file{'s' * (one.files > 1)}, {_count(one.packets)} packets, {one.size / 1e9:.2f} GB, "
        f"{_count(one.flows)} flows. flowmap's anonymous memory at its peak: {one.anonymous / MB:.0f} MB "
        f"({one.start_anonymous / MB:.0f} MB of them its start-up).",
        "",
        "| tool | packets | s | of them start-up | processor s | million packets/s, net | x whole | x net |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in [own, *sorted(one.rows[1:], key=lambda row: row.net / row.packets)]:
        share = own.packets / row.packets  # slow tools read a piece
        times = [row.wall * share / own.wall, row.net * share / own.net]
        whole, net = ("" if row is own else f"{x:.3g}" for x in times)
        lines.append(
            f"| {row.tool} | {_count(row.packets)} | {row.wall:.2f} | {row.start_wall:.2f} | {row.processor:.2f} | "
            f"{row.packets / row.net / 1e6:.3g} | {whole} | {net} |"
        )
    if one.counters:
        told = [f"{name.replace('-', ' ')} {value / one.packets:.3g}" for name, value in one.counters.items()]
        lines += ["", f"flowmap, of each packet, start-up included: {', '.join(told)}."]
    return [*lines, ""]


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")


Figure = tuple[str, str, float, float, bool]
"""What, in which unit, demanded, measured, and whether more is better."""


def held_to(sets: Sequence[Measured], startup: Mapping[str, float], size: int | None) -> list[str]:
    """Every figure that these measurements have: demanded, measured, met."""
    lines = ["| figure | demanded | measured | |", "| --- | ---: | ---: | --- |"]
    for what, unit, demanded, found, more in [*_of_sets({one.name: one for one in sets}), *_of_start(startup, size)]:
        met = found >= demanded if more else found <= demanded
        sign = "at least" if more else "at most"
        lines.append(f"| {what} | {sign} {demanded:g}{unit} | {found:.3g}{unit} | {'met' if met else '**not met**'} |")
    return [*lines, ""]


def _of_sets(sets: Mapping[str, Measured]) -> Iterator[Figure]:
    for name, one in sets.items():
        own, fastest = one.rows[0], one.fastest()
        if fastest is not None and name in NET_X:
            yield (
                f"{name}: {fastest.tool} beside flowmap, net of start-up",
                " x",
                NET_X[name],
                fastest.net / own.net,
                True,
            )
        if fastest is not None and name in WHOLE_X:
            yield (
                f"{name}: {fastest.tool} beside flowmap, whole processes",
                " x",
                WHOLE_X[name],
                fastest.wall / own.wall,
                True,
            )
        bound = ANONYMOUS + ANONYMOUS_A_FLOW * one.flows
        yield f"{name}: anonymous memory at the peak", " MB", bound / MB, one.anonymous / MB, False
    if {"snap", "holes"} <= sets.keys():
        found = _own(sets["holes"]).wall / _own(sets["snap"]).wall
        yield "holes beside snap", " x", HOLES_OVER_SNAP, found, False
    if "full" in sets:
        cat = next((row for row in sets["full"].rows if row.tool == "cat"), None)
        if cat is not None:
            yield "full beside `cat`", " x", FULL_OVER_CAT, _own(sets["full"]).wall / cat.wall, False
    if "judged" in sets:
        one = sets["judged"]
        streams = max(1, one.streams)
        yield "judged: time of a stream, net", " ms", JUDGED_MS, _own(one).net / streams * 1000, False
        memory = (one.anonymous - one.start_anonymous) / streams
        yield "judged: memory of a stream, net", " bytes", JUDGED_BYTES, memory, False


def _own(one: Measured) -> Row:
    return one.rows[0]


def _of_start(startup: Mapping[str, float], size: int | None) -> Iterator[Figure]:
    names = {
        "analyze": "smallest analysis beside `import numpy`",
        "page": "the same with `--html`",
        "help": "`--help` beside a bare interpreter",
    }
    for key, found in startup.items():
        yield names[key], " x", STARTUP[key], found, False
    if size is not None:
        yield "installed, beside an empty environment", " MB", SIZE / MB, size / MB, False


def into(page: Path, name: str, lines: Sequence[str]) -> None:
    """Put lines between `<!-- NAME -->` and `<!-- end of NAME -->` of a page, in place of what is there."""
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise SystemExit(f"{page} has no place for {name}")
    body = "\n".join(lines).strip()
    page.write_text(pattern.sub(lambda found: f"{found[1]}\n{body}\n\n{found[2]}", text), encoding="utf-8")
