"""What the reader of logs says of losses, damage and logs without packets, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from flowmap.capture.etl import layout
from flowmap.capture.etl.log.header import LogHeader
from flowmap.capture.etl.log.providers import providers
from flowmap.capture.etl.log.survey import ReadAt, Survey
from flowmap.capture.etl.ports import Ports
from flowmap.dataclass import dataclass
from flowmap.errors import NotACapture
from flowmap.message import Message, glue, msg, nmsg
from flowmap.notice import Notice

__all__ = ["Tally", "cut_notice", "describe", "empty_log", "undated"]

_LISTED = 5


def describe(reason: int, found: int) -> tuple[Message, Message]:
    """Return what was needed and what was found where the walk met damage (R_*)."""
    size = msg("{size} in the event header", size=found)
    return {
        layout.R_MARKER: (msg("an event header"), msg("the marker {number}", number=f"{found:#04x}")),
        layout.R_SIZE: (msg("an event size that its header fits into"), size),
        layout.R_BEYOND: (msg("an event size that fits its buffer"), size),
    }[reason]


def undated(path: str) -> NotACapture:
    """Return the error for a log whose clock is not known."""
    return NotACapture(
        path,
        msg("is a Windows event trace log (.etl) whose header is broken: without its clock no packet has a time"),
        offset=0,
        needed=msg("the log's header in its first buffer"),
    )


def empty_log(path: str, header: LogHeader, survey: Survey, read_at: ReadAt) -> NotACapture:
    """Return the error for a log in which no frame was logged: what is in it, and what to run."""
    found = [f"{name} ({count})" for name, count in providers(read_at, survey.buffers, header.buffer_bytes)]
    listed = glue(*found[:_LISTED], between=", ") if found else msg("no events of any provider")
    if len(found) > _LISTED:
        more = len(found) - _LISTED
        listed = nmsg("{names} and {count} more", "{names} and {count} more", more, names=listed)
    if survey.compressed:
        unread = nmsg(
            "{count} compressed buffer, which flowmap does not read",
            "{count} compressed buffers, which flowmap does not read",
            len(survey.compressed),
        )
        listed = glue(listed, unread, between="; ")
    return NotACapture(
        path,
        msg("is a Windows event trace log (.etl) without packets (session {session})", session=header.session or "?"),
        needed=msg("frames of netsh trace (NDIS-PacketCapture) or pktmon"),
        found=listed,
        hint=msg(
            "Record with packets: netsh trace start capture=yes report=disabled packettruncatebytes=128 maxsize=4096 "
            "tracefile=team.etl, or pktmon start --capture --comp nics --pkt-size 128 --file-name team.etl"
        ),
    )


def cut_notice(path: str, place: int | None, length: int, buffer_bytes: int, strict: bool) -> Notice:
    """Return the notice that the log, or what it was compressed with, ends within a buffer."""
    if place is None:
        detail = msg("the log is cut; all packets before that are used")
    else:
        detail = msg(
            "the last buffer is cut: {found} of {need} bytes are there; all whole events in it are used",
            need=buffer_bytes,
            found=length - place,
        )
    if strict:
        detail = glue(detail, msg("with --strict that is damage"), between="; ")
    return Notice("record_truncated", detail, None, path, place, undermines=strict)


@dataclass(frozen=True)
class Tally:
    """What was counted along the way."""

    path: str
    header: LogHeader
    survey: Survey
    state: np.ndarray[Any, Any]
    ports: Ports
    orphans: int
    untimed: int

    def notices(self) -> Iterator[Notice]:
        """Yield what was lost or left out, and why."""
        yield from self._lost()
        yield from self._unread()
        if self.header.end_ns is None:
            detail = msg("the session was not stopped: the last buffer of each processor is missing")
            yield self._notice("log_not_closed", detail, 1, place=self.survey.unwritten)
        if self.header.circular and (self.survey.oldest or 0) > 1:
            detail = msg(
                "the log was full, and its oldest buffers were overwritten: each processor's packets begin at another "
                "time"
            )
            yield self._notice("log_overwritten", detail, (self.survey.oldest or 1) - 1)
        if self.untimed:
            detail = msg(
                "packets whose time does not fit 64-bit nanoseconds (years 1678 to 2262): used, without a time"
            )
            yield self._notice("time_out_of_range", detail, self.untimed)

    def _lost(self) -> Iterator[Notice]:
        events, buffers = self.header.events_lost, self.header.buffers_lost
        if events or buffers:
            lost = [nmsg("{count} event", "{count} events", events)] if events else []
            lost += [nmsg("{count} buffer", "{count} buffers", buffers)] if buffers else []
            detail = msg(
                "the log lost {lost} while recording; packets of any member may be among them",
                lost=glue(*lost, between=", "),
            )
            yield replace(self._notice("capture_drops", detail, events or buffers), undermines=True)
        if dropped := self.ports.components.dropped.total():
            reasons = sorted({reason for _, reason in self.ports.components.dropped})
            detail = msg(
                "frames that Windows dropped, as pktmon logged them (reasons {reasons}): not counted as traffic",
                reasons=glue(*map(str, reasons[:_LISTED]), between=", "),
            )
            yield self._notice("frames_dropped_by_host", detail, dropped)

    def _unread(self) -> Iterator[Notice]:
        if self.survey.compressed:
            detail = msg("compressed buffers are not read, and how many packets are in them is unknown")
            yield self._notice(
                "buffer_compressed",
                detail,
                len(self.survey.compressed),
                place=self.survey.compressed[0],
            )
        if self.orphans:
            detail = msg("parts of frames whose other parts are missing: not used")
            yield self._notice("frame_incomplete", detail, self.orphans)
        if broken := int(self.state[layout.S_BROKEN]):
            detail = msg("events with a frame whose fields contradict their size: not used")
            first = int(self.state[layout.S_FIRST_BROKEN])
            yield self._notice("event_broken", detail, broken, place=first)
        if unknown := int(self.state[layout.S_UNKNOWN]):
            detail = msg("packets of interfaces beyond the first {most}: not used", most=layout.MOST_INTERFACES)
            yield self._notice("interface_unknown", detail, unknown)
        if other := int(self.state[layout.S_OTHER]):
            detail = msg("messages above the link layer (HTTP, TCP), which are no frames: not used")
            yield self._notice("event_no_frame", detail, other)
        if self.ports.components.filtered:
            detail = msg("pktmon was told to log some packets only (pktmon filter): others are not in the log")
            yield self._notice("capture_filtered", detail, 1)

    def _notice(
        self,
        code: str,
        detail: Message,
        count: int,
        *,
        place: int | None = None,
    ) -> Notice:
        return Notice(code, detail, None, self.path, place, count=count)
