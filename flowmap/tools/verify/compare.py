"""flowmap's flow table of each capture against a recount by tshark.

tshark ends where a capture is damaged, flowmap goes on after it, so of a damaged capture both read what is before the damage.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import Event

from flowmap.capture.inputs import plan_inputs
from flowmap.errors import CaptureError
from flowmap.flow.scanning.scan import Scan
from flowmap.message import Message, glue, msg
from flowmap.passes.input import Input
from flowmap.passes.read import Means, Progress, Say, backend_for, progress_of, read_all, scan_input
from flowmap.passes.threads import in_threads
from flowmap.passes.tshark.event_log import has_independent_reader
from flowmap.passes.tshark.recount import Recount, Row, RowKey, find_tshark, recount
from flowmap.settings.config import Settings
from flowmap.tools.verify.closer import address, look_closer
from flowmap.tools.verify.found import CaptureVerification, Difference
from flowmap.types import TS_NONE

__all__ = ["MOST_LISTED", "own_rows", "verify"]

MOST_LISTED = 20
_COUNTS = ("packets", "wire_bytes", "payload_bytes", "syn", "fin", "rst")
_CHUNK = 16384


def verify(
    paths: Sequence[str], settings: Settings, progress: Progress | None = None, say: Say = lambda _: None
) -> list[CaptureVerification]:
    """Compare every capture, whole. Raises ConfigError where there is no tshark."""
    program = find_tshark()
    plan = plan_inputs(list(paths))
    settings = settings.model_copy(update={"from_ns": None, "to_ns": None})
    read = read_all(plan.captures, settings, Means(progress, say))
    advance = progress_of(progress, sum(one.size or 0 for one in read.inputs))

    def compare(pair: tuple[Input, Scan]) -> CaptureVerification:
        one, scan = pair
        if scan.format.startswith("etl") and not has_independent_reader():
            missing = msg(
                "event trace logs are verified with dissect.etl, which is not installed: pip install 'dissect.etl'"
            )
            return CaptureVerification(scan.path, error=missing)
        damaged_at = _damaged_at(scan)
        try:
            before = scan if damaged_at is None else _before_damage(one, scan, damaged_at, settings)
        except CaptureError as error:
            return CaptureVerification(scan.path, damaged=True, error=error.message)
        theirs = recount(one, program, _by_interface(scan), advance, stop)
        if stop.is_set():
            return CaptureVerification(scan.path, error=msg("interrupted"))
        found = compare_capture(one, before, theirs, program)
        if damaged_at is not None and before is scan and found.differing:
            hint = msg(
                "damaged at byte {offset}; write it into a file, unpacked, to have what comes before compared",
                offset=damaged_at,
            )
            return CaptureVerification(scan.path, damaged=True, error=hint)
        return replace(found, damaged=scan.damaged, damaged_at=None if before is scan else damaged_at)

    stop = Event()
    found = in_threads(compare, zip(read.inputs, read.scans, strict=True), settings.jobs, stop)
    return found + [CaptureVerification(e.path, error=e.message) for e in [*plan.failures, *read.failures]]


def _damaged_at(scan: Scan) -> int | None:
    """Return the byte at which a capture is damaged first; None where it is whole, or just cut off at its end."""
    offsets = [notice.first_offset for notice in scan.notices if notice.code == "capture_damaged"]
    return min((offset for offset in offsets if offset is not None), default=None) if scan.damaged else None


def _before_damage(one: Input, scan: Scan, offset: int, settings: Settings) -> Scan:
    """Return the scan of what is before the damage, where the input ends from here on; the same if it cannot end there."""
    if not os.path.isfile(one.location) or scan.format.endswith(")"):  # a pipe, or packed
        return scan
    one.size = offset
    before = scan_input(one, settings, backend_for(settings, lambda _: None), lambda _: None)
    if isinstance(before, CaptureError):
        raise before
    return before


def _by_interface(scan: Scan) -> bool:
    """Return whether interfaces can be compared: both sides number them alike in pcapng that both read themselves."""
    return scan.format.startswith("pcapng") and "tshark" not in scan.format


def compare_capture(one: Input, scan: Scan, theirs: Recount, program: str) -> CaptureVerification:
    """Return one capture's two tables, and what is behind the first differences."""
    if not theirs.packets and scan.packets and theirs.complaint:
        return CaptureVerification(
            scan.path, error=msg("tshark cannot read it: {complaint}", complaint=theirs.complaint)
        )
    by_interface = _by_interface(scan)
    ours = own_rows(scan, by_interface)
    listed: list[Difference] = []
    keys: list[RowKey] = []
    differing = 0
    for key, difference in _differences(scan, ours, theirs, by_interface):
        differing += 1
        if len(listed) < MOST_LISTED:
            listed.append(difference)
            if key is not None and key not in keys:
                keys.append(key)
    closer = look_closer(one, keys, program, by_interface) if keys else None
    return CaptureVerification(
        path=scan.path,
        packets=scan.packets,
        rows=len(ours),
        differing=differing,
        differences=tuple(listed),
        details=closer.details if closer else (),
        remark=closer.remark if closer else None,
        complaint=theirs.complaint,
        damaged=scan.damaged,
    )


def own_rows(scan: Scan, by_interface: bool) -> dict[RowKey, Row]:
    """Return flowmap's table with tshark's keys: it joins links of one interface, VLANs and reused 5-tuples."""
    interfaces = [_interface(scan, int(link["interface"])) if by_interface else None for link in scan.links]
    names = ("link", "version", "src_hi", "src_lo", "dst_hi", "dst_lo", "sport", "dport", "encap")
    joined: dict[RowKey, Row] = {}
    for start in range(0, len(scan.rows), _CHUNK):
        chunk = scan.rows[start : start + _CHUNK]
        keys = zip(*(chunk[name].tolist() for name in names), strict=True)
        sums = zip(*(chunk[name].tolist() for name in (*_COUNTS, "first_ns", "last_ns")), strict=True)
        for (link, version, src_hi, src_lo, dst_hi, dst_lo, sport, dport, encap), values in zip(
            keys, sums, strict=True
        ):
            src, dst = address(version, src_hi, src_lo), address(version, dst_hi, dst_lo)
            row = joined.setdefault(RowKey(interfaces[link], src, dst, sport, dport, encap != 0), Row())
            for name, value in zip(_COUNTS, values[:6], strict=True):
                setattr(row, name, getattr(row, name) + value)
            row.span(*(None if value == TS_NONE else value for value in values[6:]))
    return joined


def _interface(scan: Scan, ordinal: int) -> tuple[int, int]:
    return scan.interfaces[ordinal].section, scan.interfaces[ordinal].interface_id


def _differences(
    scan: Scan, ours: dict[RowKey, Row], theirs: Recount, by_interface: bool
) -> Iterator[tuple[RowKey | None, Difference]]:
    if scan.packets != theirs.packets:
        yield None, Difference(msg("the capture"), "packets", theirs.packets, scan.packets)
    if by_interface:
        own: dict[tuple[int, int] | None, int] = {}
        for link in scan.links:
            interface = _interface(scan, int(link["interface"]))
            own[interface] = own.get(interface, 0) + int(link["packets"])
        for known in sorted(own.keys() | theirs.interfaces.keys(), key=str):
            pair = theirs.interfaces.get(known, 0), own.get(known, 0)
            if pair[0] != pair[1]:
                yield None, Difference(msg("interface {number}", number=_dotted(known)), "packets", *pair)
    for key in [*theirs.rows, *(key for key in ours if key not in theirs.rows)]:
        for field, wanted, counted in _unequal(theirs.rows.get(key), ours.get(key)):
            yield key, Difference(_subject(key), field, wanted, counted)


def _unequal(theirs: Row | None, ours: Row | None) -> Iterator[tuple[str, int | None, int | None]]:
    """Yield (field, theirs, ours).

    A row that only one side has differs once; what tshark does not tell is not compared.
    """
    if theirs is None or ours is None:
        yield "packets", theirs.packets if theirs else 0, ours.packets if ours else 0
        return
    for field in (*_COUNTS, "first_ns", "last_ns"):
        wanted, counted = getattr(theirs, field), getattr(ours, field)
        untold = {
            "payload_bytes": theirs.no_payload,
            "syn": theirs.no_flags,
            "fin": theirs.no_flags,
            "rst": theirs.no_flags,
        }
        if wanted != counted and wanted is not None and not untold.get(field):
            yield field, wanted, counted


def _subject(key: RowKey) -> Message:
    from flowmap.document.quantities import endpoint

    said = glue(endpoint(key.src, key.src_port), "->", endpoint(key.dst, key.dst_port))
    if key.tunnelled:
        said = msg("{ends} in a tunnel", ends=said)
    if key.interface is not None:
        said = msg("{ends} on interface {number}", ends=said, number=_dotted(key.interface))
    return said


def _dotted(interface: tuple[int, int] | None) -> str:
    return "?" if interface is None else f"{interface[0]}.{interface[1]}"
