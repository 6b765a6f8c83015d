"""Notices: counted oddities of the input, as data, and the table of all kinds of them.

A notice is neither an exception nor a log line: it is part of the report, so that no packet disappears uncounted. One
notice stands for all occurrences of its code at one place (path, member); `count` says how many there were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from flowmap.dataclass import dataclass
from flowmap.message import Message
from flowmap.words import GRAVEST_FIRST, Severity

__all__ = ["KINDS", "Kind", "Notice", "NoticeLog", "Severity"]


Undermines = Literal["always", "sometimes", "never"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is the same of all notices of one code, whose page is `notice.CODE` in `document/pages/explain.toml`.

    `undermines`: whether it turns a pass into inconclusive; `severity` is that of one that may, `otherwise` that of one that
    does not. `counts`: what its number counts. `of_file`: mere information, yet worth a line on one screen.
    """

    code: str
    severity: Severity
    undermines: Undermines = "never"
    otherwise: Severity | None = None
    counts: Literal["times", "bytes"] = "times"
    of_file: bool = False


_ALL = (
    # files and logs: what was cut, lost or is broken
    Kind("record_truncated", "error", "sometimes", "info", of_file=True),
    Kind("capture_damaged", "error", "always"),
    Kind("input_shortened", "error", "always"),
    Kind("unreadable_capture", "error", "always"),
    Kind("not_a_capture", "info"),
    Kind("duplicate_input", "warning"),
    Kind("empty_capture", "info"),
    Kind("capture_drops", "warning", "sometimes"),
    Kind("capture_filtered", "warning"),
    Kind("log_not_closed", "warning"),
    Kind("log_overwritten", "warning"),
    Kind("buffer_compressed", "error", "always"),
    Kind("event_broken", "error", "always"),
    Kind("event_no_frame", "info"),
    Kind("frame_incomplete", "warning"),
    Kind("frames_dropped_by_host", "warning"),
    Kind("decoder_ended", "warning"),
    # interfaces: whose packets they are
    Kind("interface_unknown", "error", "always"),
    Kind("interface_limit", "warning", "always"),
    Kind("no_interface", "warning", "always"),
    Kind("mirrored", "info"),
    Kind("not_mirrored", "info"),
    Kind("mac_pairs_cut", "warning"),
    # frames: what was not read of them
    Kind("snaplen_short", "warning"),
    Kind("tcp_header_short", "warning"),
    Kind("ip_fragment", "info"),
    Kind("ip_malformed", "warning"),
    Kind("tunnel_deep", "warning"),
    Kind("large_frames", "info"),
    Kind("duplicate_packet", "warning"),
    Kind("unsupported_link_type", "warning"),
    Kind("unsupported_ethertype", "warning", "sometimes", "info"),
    Kind("unsupported_protocol", "warning", "sometimes", "info"),
    Kind("other_protocols", "info"),
    Kind("control_frames_cut", "warning"),
    # times
    Kind("time_backwards", "info"),
    Kind("time_carried", "info"),
    Kind("time_missing", "warning"),
    Kind("time_out_of_range", "warning"),
    Kind("time_stands", "warning"),
    Kind("time_since_boot", "warning"),
    Kind("two_clocks", "warning"),
    Kind("clock_offset", "info"),
    Kind("windows_disjoint", "warning", "always"),
    Kind("window_short", "warning", "always"),
    Kind("window_unknown", "warning"),
    # members and the team
    Kind("members_unsure", "warning", "always"),
    Kind("sll_member_lost", "warning"),
    Kind("links_mixed", "warning"),
    Kind("one_direction", "warning"),
    Kind("aggregate_left_out", "info"),
    Kind("other_team", "info"),
    Kind("member_uncaptured", "warning", "sometimes", "info"),
    Kind("member_undescribed", "warning"),
    Kind("team_incomplete", "info"),
    Kind("team_unmatched", "warning", otherwise="info"),
    Kind("local_unseen", "warning"),
    Kind("speed_unmatched", "warning"),
    # streams and counters
    Kind("missing_bytes", "warning", "always", counts="bytes"),
    Kind("reverse_absent", "warning", "sometimes", "info"),
    Kind("counters_missed", "warning", "always"),
    Kind("counters_backwards", "warning"),
    Kind("counters_once", "info"),
    Kind("counters_unmatched", "warning"),
    # what the report leaves out
    Kind("rows_cut", "info"),
    Kind("streams_cut", "warning"),
)
KINDS: Mapping[str, Kind] = {kind.code: kind for kind in _ALL}
"""Every kind of notice, by its code; a code that is not here cannot be used."""
_REGISTERED: Any = None
"""Stands for what the kind of a notice has, where a notice is made without it."""


@dataclass(frozen=True)
class Notice:
    """`first_offset` is a byte offset in `path`; `packet_number` counts from 1; None where there is none.

    Its severity, and whether it undermines, are those of its kind; where a kind has two, `undermines` or `severity` says which.

    >>> Notice("rows_cut", Message("rows are cut", {})).severity
    'info'
    """

    code: str
    detail: Message
    member: str | None = None
    path: str | None = None
    first_offset: int | None = None
    packet_number: int | None = None
    count: int = 1
    undermines: bool = _REGISTERED
    """Whether this oddity turns a pass into inconclusive (design: undermining)."""
    severity: Severity = _REGISTERED

    def __post_init__(self) -> None:
        """Take what is registered; ValueError for a code that is not, or what its kind cannot be."""
        kind = KINDS.get(self.code)
        if kind is None:
            raise ValueError(f"{self.code} is no registered notice")
        if self.undermines is None:
            object.__setattr__(self, "undermines", kind.undermines == "always")
        weaker = kind.otherwise if kind.undermines == "sometimes" and not self.undermines else None
        if self.severity is None:
            object.__setattr__(self, "severity", weaker or kind.severity)
        if self.undermines not in _POSSIBLE[kind.undermines] or self.severity not in (kind.severity, kind.otherwise):
            raise ValueError(f"{self.code} cannot be {self.severity} where undermines is {self.undermines}")


_POSSIBLE = {"always": (True,), "never": (False,), "sometimes": (True, False)}


class NoticeLog:
    """Collects notices; equal (code, member, path) are counted together.

    The first one's place and text are kept; one that undermines, or is graver, makes all of them so.
    """

    def __init__(self) -> None:
        self._notices: dict[tuple[str, str | None, str | None], Notice] = {}

    def add(self, notice: Notice) -> None:
        key = (notice.code, notice.member, notice.path)
        known = self._notices.get(key)
        if known is not None:
            notice = replace(
                known,
                count=known.count + notice.count,
                undermines=known.undermines or notice.undermines,
                severity=min(known.severity, notice.severity, key=GRAVEST_FIRST.index),
            )
        self._notices[key] = notice

    def extend(self, notices: Iterator[Notice] | list[Notice]) -> None:
        for notice in notices:
            self.add(notice)

    def __iter__(self) -> Iterator[Notice]:
        return iter(self._notices.values())

    def __len__(self) -> int:
        return len(self._notices)
