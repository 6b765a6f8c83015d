"""What tshark makes of a capture: its field output, packet by packet, and the flow table that adds up to.

In: an input, and a tshark that reads it. Out: one `Seen` a packet, or the sums by directional 5-tuple. Nothing of flowmap's
decoding is used: only what is compressed or comes from a pipe is handed to tshark by flowmap, unpacked. tshark runs in one
pass without reassembly and forgets its own state every so often, so that its memory has a bound as ours has.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import field
from typing import IO, NamedTuple

from flowmap.capture.source.files import FileSource, Source
from flowmap.capture.source.foreign import tshark
from flowmap.capture.source.opening import open_raw
from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.passes.input import Input
from flowmap.passes.tshark.event_log import as_pcapng, is_event_log

__all__ = ["Recount", "Row", "RowKey", "Seen", "Tshark", "find_tshark", "recount"]

_FIELDS = (
    "frame.interface_id",
    "frame.time_epoch",
    "frame.len",
    "frame.protocols",
    "ip.src",
    "ip.dst",
    "ipv6.src",
    "ipv6.dst",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.len",
    "tcp.flags",
    "frame.section_number",
)
_PREFERENCES = (
    "tcp.desegment_tcp_streams:FALSE",
    "tcp.analyze_sequence_numbers:FALSE",
    "tcp.relative_sequence_numbers:FALSE",
    "tcp.check_checksum:FALSE",
    "ip.check_checksum:FALSE",
    "ip.defragment:FALSE",
    "ipv6.defragment:FALSE",
    "ip.tso_support:TRUE",
    "ipv6.tso_support:TRUE",
)
_SESSION = 100_000
"""Packets after which tshark begins a new session: what it remembers of connections is not needed here."""
_STACKS = 4096
_KEPT_WORDS = 4096
_CHUNK = 1 << 16
_NOISE = re.compile(r"Running as user|could be dangerous|resetting session|^\s*$")
_NANO = 10**9


class RowKey(NamedTuple):
    """A row that both sides count: interface as (section, id), None where the file has none or it is not compared."""

    interface: tuple[int, int] | None
    src: str
    dst: str
    src_port: int
    dst_port: int
    tunnelled: bool


class Seen(NamedTuple):
    """One packet as tshark reads it; `key` is None where it counts in no row, `payload`, `flags` where tshark does not tell."""

    interface: tuple[int, int] | None
    ts_ns: int | None
    wire_len: int
    key: RowKey | None
    payload: int | None
    flags: int | None


@dataclass(slots=True)
class Row:
    """Sums over the packets of a key. `no_payload`, `no_flags`: packets of which tshark does not tell them."""

    packets: int = 0
    wire_bytes: int = 0
    payload_bytes: int = 0
    syn: int = 0
    fin: int = 0
    rst: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    no_payload: int = 0
    no_flags: int = 0

    def span(self, first_ns: int | None, last_ns: int | None) -> None:
        """Widen first_ns and last_ns."""
        if first_ns is not None:
            self.first_ns = first_ns if self.first_ns is None else min(self.first_ns, first_ns)
        if last_ns is not None:
            self.last_ns = last_ns if self.last_ns is None else max(self.last_ns, last_ns)


@dataclass
class Recount:
    """tshark's table of one capture. `complaint`: what it said where it ended with an error."""

    packets: int = 0
    interfaces: dict[tuple[int, int] | None, int] = field(default_factory=dict)
    rows: dict[RowKey, Row] = field(default_factory=dict)
    complaint: str | None = None


def find_tshark() -> str:
    """Return where tshark is. Raises ConfigError with what to install."""
    program = tshark()
    if program is None:
        raise ConfigError(
            msg(
                "verify recounts with tshark, which is not installed. Install it (Debian, Ubuntu: apt install tshark; "
                "Red Hat: dnf install wireshark-cli; elsewhere: Wireshark)"
            )
        )
    return program


class Tshark:
    """Runs tshark over an input. `complaint` is set when `packets` has ended."""

    def __init__(
        self,
        program: str,
        advance: Callable[[int], None] = lambda _: None,
        stop: threading.Event | None = None,
        *,
        independent: bool = True,
    ) -> None:
        """`independent`: event trace logs, which tshark cannot read, are taken apart by another library than flowmap."""
        self.program = program
        self._independent = independent
        self.complaint: str | None = None
        self._advance = advance
        self._stop = stop or threading.Event()
        self._sections = True
        self._stacks: dict[str, tuple[int, int, bool] | None] = {}

    def packets(self, one: Input, by_interface: bool) -> Generator[Seen, None, None]:
        """Yield the packets in the file's order; `by_interface` puts the interface into the keys."""
        started = False
        for seen in self._run(one, by_interface):
            started = True
            yield seen
        if not started and self._sections and self.complaint and "section_number" in self.complaint:
            self._sections = False  # tshark before 4.0 numbers no sections
            yield from self._run(one, by_interface)

    def _command(self) -> list[str]:
        fields = _FIELDS if self._sections else _FIELDS[:-1]
        command = [self.program, "-n", "-Q", "-r", "-", "-M", str(_SESSION), "-T", "fields"]
        command += [word for name in _PREFERENCES for word in ("-o", name)]
        command += ["-E", "separator=/t", "-E", "occurrence=a", "-E", "aggregator=,"]
        return command + [word for name in fields for word in ("-e", name)]

    def _run(self, one: Input, by_interface: bool) -> Generator[Seen, None, None]:
        self.complaint = None
        with ExitStack() as stack:
            source = one.open()
            stack.callback(one.close, source)
            direct = self._reads_itself(one, source)
            stdin: int = subprocess.PIPE
            if is_event_log(source):
                direct, frames = True, stack.enter_context(as_pcapng(source, independent=self._independent))
                stdin = frames.fileno()
            elif direct:
                raw = open_raw(one.location)
                assert isinstance(raw, FileSource)
                stack.callback(raw.close)
                stdin = raw.fileno()
            process = subprocess.Popen(self._command(), stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            stack.callback(_end, process)
            said = bytearray()
            threads = [threading.Thread(target=_listen, args=(process.stderr, said), daemon=True)]
            if not direct:
                threads.append(threading.Thread(target=self._feed, args=(source, process.stdin), daemon=True))
            for thread in threads:
                thread.start()
                stack.callback(thread.join)
            stack.callback(_kill, process)  # first of all: the threads end with the process
            assert process.stdout is not None
            for line in process.stdout:
                if self._stop.is_set():
                    return
                values = line.decode("ascii", "replace").rstrip("\n").split("\t")
                if values[0] or not by_interface:  # in pcapng, what has no interface is a custom block
                    yield self._packet(values, by_interface)
            status = process.wait()
            for thread in threads:
                thread.join()
            if direct:
                self._advance(one.size or 0)
            if status:
                self.complaint = _words(said) or msg("exit status {status}", status=status)

    @staticmethod
    def _reads_itself(one: Input, source: Source) -> bool:
        """Return whether tshark gets the file: if it knows the format, and nothing has been added to the file since."""
        if one.location == "-" or not os.path.isfile(one.location) or not set(source.wrapping) <= {"tshark"}:
            return False
        return os.path.getsize(one.location) == one.size

    def _feed(self, source: Source, pipe: IO[bytes]) -> None:
        buffer = bytearray(_CHUNK)
        before = 0
        try:
            with pipe:
                while count := source.readinto(memoryview(buffer)):
                    pipe.write(memoryview(buffer)[:count])
                    self._advance(source.stored() - before)
                    before = source.stored()
        except OSError:
            return  # tshark has ended, and says why

    def _packet(self, values: list[str], by_interface: bool) -> Seen:
        values += [""] * (len(_FIELDS) - len(values))
        interface_id, time, length, protocols, *rest, section = values
        interface = (int(section or 1), int(interface_id)) if by_interface else None
        ts_ns = _nanoseconds(time)
        wire_len = int(length or 0)
        stack = self._stack(protocols)
        key = _key(stack, rest, interface) if stack is not None else None
        if key is None:
            return Seen(interface, ts_ns, wire_len, None, None, None)
        payload, flags = (text.partition(",")[0] for text in rest[6:8])
        told = (int(payload) if payload else None, int(flags, 16) if flags else None)
        return Seen(interface, ts_ns, wire_len, key, *told)

    def _stack(self, protocols: str) -> tuple[int, int, bool] | None:
        """Return which IP layer in a stack of protocols a TCP header follows: (version, its place among those, tunnelled)."""
        if protocols not in self._stacks:
            if len(self._stacks) >= _STACKS:
                self._stacks.clear()
            self._stacks[protocols] = _tcp_carrier(protocols.split(":"))
        return self._stacks[protocols]


def _tcp_carrier(layers: list[str]) -> tuple[int, int, bool] | None:
    """Return the IP layer that carries TCP: tunnels are walked, what an ICMP error quotes or TCP carries does not count."""
    ends = [place for place, name in enumerate(layers) if name in ("tcp", "icmp", "icmpv6")]
    if not ends or layers[ends[0]] != "tcp":
        return None
    carriers = [place for place in range(ends[0]) if layers[place] in ("ip", "ipv6")]
    if not carriers:
        return None
    last = layers[carriers[-1]]
    between = layers[carriers[-1] + 1 : ends[0]]
    if not all(name == "ah" or (last == "ipv6" and name.startswith("ipv6.")) for name in between):
        return None
    return (4 if last == "ip" else 6), sum(layers[place] == last for place in carriers) - 1, len(carriers) > 1


def _key(stack: tuple[int, int, bool], rest: list[str], interface: tuple[int, int] | None) -> RowKey | None:
    """Return the key of a row; None where the addresses or ports were not captured."""
    version, place, tunnelled = stack
    src, dst = rest[0:2] if version == 4 else rest[2:4]
    if place or "," in src or "," in dst:
        sources, destinations = src.split(","), dst.split(",")
        if place >= len(sources) or place >= len(destinations):
            return None
        src, dst = sources[place], destinations[place]
    sport, dport = (text.partition(",")[0] for text in rest[4:6])
    if not (src and dst and sport and dport):
        return None
    return RowKey(interface, src, dst, int(sport), int(dport), tunnelled)


def _nanoseconds(text: str) -> int | None:
    """Return the time in ns; None where there is none, or it is outside int64."""
    seconds, _, fraction = text.partition(".")
    try:
        whole = int(seconds.removeprefix("-")) * _NANO + int(fraction[:9].ljust(9, "0"))
    except ValueError:
        return None
    value = -whole if seconds.startswith("-") else whole
    return value if -(2**63) < value < 2**63 else None


def recount(
    one: Input, program: str, by_interface: bool, advance: Callable[[int], None], stop: threading.Event
) -> Recount:
    """Return the flow table that tshark makes of an input.

    `advance` is called with the bytes read; once `stop` is set, it ends early.
    """
    run, table = Tshark(program, advance, stop), Recount()
    for seen in run.packets(one, by_interface):
        table.packets += 1
        table.interfaces[seen.interface] = table.interfaces.get(seen.interface, 0) + 1
        if seen.key is None:
            continue
        row = table.rows.get(seen.key)
        if row is None:
            row = table.rows[seen.key] = Row()
        row.packets += 1
        row.wire_bytes += seen.wire_len
        row.no_payload += seen.payload is None
        row.payload_bytes += seen.payload or 0
        flags = seen.flags or 0
        row.no_flags += seen.flags is None
        row.fin += flags & 1
        row.syn += flags >> 1 & 1
        row.rst += flags >> 2 & 1
        row.span(seen.ts_ns, seen.ts_ns)
    table.complaint = run.complaint
    return table


def _listen(stream: IO[bytes], said: bytearray) -> None:
    """Keep the start of what the program prints; take the rest too, or it would wait for us."""
    for line in stream:
        if not _NOISE.search(line.decode("utf-8", "replace")):
            said += line[: max(0, _KEPT_WORDS - len(said))]


def _words(said: bytearray) -> str:
    text = " ".join(line.strip().removeprefix("tshark: ") for line in said.decode("utf-8", "replace").splitlines())
    return "".join(c if c.isprintable() else "?" for c in text)[:500]


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None and not stream.closed:
            try:
                stream.close()
            except OSError:
                continue  # what was still to be written has no reader
