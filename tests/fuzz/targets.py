"""What is fuzzed: one function for each kind of input, which takes any bytes and must return.

A find is whatever a target raises: flowmap's own errors are caught by the helpers in `harness.py`, everything else, a failed
`assert` of an invariant included, is a bug. `run.py` runs a target under atheris, `test_corpus.py` replays the kept inputs.
"""

from __future__ import annotations

from collections.abc import Callable

from fuzz import harness

__all__ = ["TARGETS"]


def capture(data: bytes) -> None:
    """A file of any kind: unwrapped, walked, decoded and counted by the kernels and by their twins, lax and strict."""
    small, large = harness.buffers(data)
    plain = harness.scan(data, compiled=False, buffer=small)
    harness.assert_same(plain, harness.scan(data, compiled=True, buffer=large))
    harness.assert_strict_agrees(data, plain)


def event_log(data: bytes) -> None:
    """A Windows event trace log: found and put in order by the kernel and by its twin, lax and strict."""
    plain = harness.event_log(data, compiled=False)
    harness.assert_same(plain, harness.event_log(data, compiled=True))
    harness.event_log(data, compiled=True, strict=True)


def walkers(data: bytes) -> None:
    """Records in any state of the reader: both walkers."""
    for name, words, body in harness.walks(data):
        harness.assert_same(
            harness.walk(name, words, body, compiled=False), harness.walk(name, words, body, compiled=True)
        )


def frame(data: bytes) -> None:
    """A frame of any link type: both decoders of the common layers, the rare layers, and dpkt."""
    for packet in harness.frames(data):
        harness.assert_same(harness.decode_plain(packet), harness.decode_compiled(packet))
        harness.decode_rare(packet)


def packets(data: bytes) -> None:
    """Many packets of few flows: both flow tables."""
    block, ifaces = harness.conversation(data)
    harness.assert_same(harness.count(block, ifaces, compiled=False), harness.count(block, ifaces, compiled=True))


def packed(data: bytes) -> None:
    """A compressed stream, read in small and in large pieces."""
    for form, body in harness.compressed(data):
        harness.assert_unpacked_alike(harness.unpack(form, body, 7), harness.unpack(form, body, 1 << 16))


def control(data: bytes) -> None:
    """Frames that talk about links: LACP, markers, LLDP, CDP, ARP, neighbour discovery."""
    harness.read_control(data)


def settings_file(data: bytes) -> None:
    """A flowmap.toml."""
    harness.refused_or(lambda: harness.load_file(data))


def team_description(data: bytes) -> None:
    """A file of --team, read, and matched with captures. What is read has the table's modes."""
    harness.refused_or(lambda: harness.describe(data))


def settings_text(data: bytes) -> None:
    """The value of a FLOWMAP_* variable, and of an option."""
    for name, text in harness.texts(data):
        harness.refused_or(lambda name=name, text=text: harness.load_variable(name, text))
        harness.refused_or(lambda name=name, text=text: harness.parse_option(name, text))


def report(data: bytes) -> None:
    """A JSON report, as `extract` reads it."""
    harness.refused_or(lambda: harness.read_report(data))


def report_values(data: bytes) -> None:
    """A sound report with some of its values replaced."""
    harness.refused_or(lambda: harness.read_report(harness.altered_report(data)))


def analysis(data: bytes) -> None:
    """One capture through everything, to the report and its text; once more with the kernels, to the same report."""
    plain = harness.analyze(data, compiled=False)
    harness.assert_same(plain, harness.analyze(data, compiled=True))


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        capture,
        event_log,
        walkers,
        frame,
        packets,
        packed,
        control,
        settings_file,
        team_description,
        settings_text,
        report,
        report_values,
        analysis,
    )
}
