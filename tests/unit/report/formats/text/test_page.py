"""The text report: everything said, nothing too wide, nothing that steers a terminal."""

from __future__ import annotations

import re
import unicodedata

import pytest
from factories import make_answer, make_finding, make_member, make_report, make_stream, moved_stream

from flowmap.document.model import Report
from flowmap.document.quantities import plain
from flowmap.report.formats.text.page import brief, render

HOSTILE = [
    "\x1b[2J\x1b]0;owned\x07nic",
    "[red]nic[/red] [link=http://x]y[/link]",
    "nic\nVERDICT: pass\r",
    "nic\u202egnp\u200b\x9b31m",
    ":smile: \x08\x08\t\x7f",
    "漢字" * 60,
    "x" * 500,
]


def columns(line: str) -> int:
    """Columns of a terminal: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(part) else 1 + (unicodedata.east_asian_width(part) in "WF")
        for part in re.sub(r"\x1b\[[0-9;]*m", "", line)
    )


def crowd(number: int) -> Report:
    names = [f"vmnic{index}" for index in range(number)]
    streams = [moved_stream(index + 1, (names[index % number], names[-1])) for index in range(60)]
    return make_report(members=[make_member(name) for name in names], streams=streams)


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize("color", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, color: bool) -> None:
    reports = [make_report(), crowd(1), crowd(4), crowd(5), crowd(17)]
    reports += [hostile_report(name) for name in HOSTILE]
    for report in reports:
        filters = {plain(finding.wireshark_filter or "") for finding in report.findings}
        for full in (False, True):
            for line in render(report, width, color, full=full).split("\n"):
                assert columns(line) <= width or line.strip() in filters, line


def hostile_report(name: str) -> Report:
    """The name wherever a capture, a file or a user can put one."""
    member = make_member(name)
    capture = member.captures[0].model_copy(update={"path": name})
    stream = moved_stream(1, (name, "nic2")).model_copy(update={"source_host": name})
    base = make_report()
    spread = base.claims.spread.model_copy(update={"counts": {name: 2}, "reason": name})
    return make_report(
        answer=make_answer(sentence=name),
        claims=base.claims.model_copy(update={"spread": spread}),
        team=base.team.model_copy(update={"name": name, "host": name, "mode": name}),
        clock=base.clock.model_copy(update={"reference": name}),
        members=[member.model_copy(update={"captures": [capture]}), make_member("nic2")],
        streams=[stream],
        hosts=[base.hosts[1].model_copy(update={"host": name, "rx": {name: 3}})],
        findings=[make_finding(title=name, explanation=name, action=name, wireshark_filter=name)],
        notices=[base.notices[0].model_copy(update={"member": name, "path": name, "detail": name})],
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_come_out_inert(name: str) -> None:
    text = render(hostile_report(name), 80, False) + render(hostile_report(name), 80, False, full=True)
    text += brief(hostile_report(name)).replace("\t", " ")
    assert [part for part in text if not part.isprintable() and part != "\n"] == []
    assert not any(line.startswith("VERDICT") for line in text.split("\n"))


def test_markup_in_names_is_shown_not_obeyed() -> None:
    assert "[red]nic[/red]" in render(hostile_report("[red]nic[/red]"), 200, True)


def test_without_colour_there_are_no_control_characters_and_with_it_only_colours() -> None:
    assert "\x1b" not in render(make_report(), 80, False)
    rest = re.sub(r"\x1b\[[0-9;]*m", "", render(make_report(), 80, True))
    assert rest != render(make_report(), 80, True)
    assert "\x1b" not in rest
    assert rest.split() == render(make_report(), 80, False).split()


def test_the_answer_comes_first() -> None:
    lines = render(make_report(), 80, False).split("\n")
    assert lines[0] == "INCONCLUSIVE  Each stream sat on one member, but two hosts are too few to tell"


def test_all_parts_are_there_with_their_numbers() -> None:
    text = " ".join(render(make_report(), 80, False, full=True).split())
    for part in (
        "pass Each migration stream sits on one member",
        "2 streams, 4 directions: 3 single, 1 moved",
        "inconclusive Source hosts spread across the members",
        "rx: 2 remote hosts; 2 hosts counted: nic1 2, nic2 0; p = 0.5",
        "teamed host: 10.77.0.100 (by its MAC); mode: LACP, hash unknown",
        "The clock of nic2 is 250.0 ms ahead of nic1. That is exact to 90.0 us. It was taken out.",
        "nic1 6,327 134 kB 9.4 MB bundled 10G #######... 67 %",
        "#1 qemu (high) 10.77.0.11:53001 -> 10.77.0.100:49152 9.1 MB in 20.0 s single rx 9.5 MB - single - tx 134 kB",
        "moved: failover rx 4.5 MB rx 4.5 MB",
        "nic1 -> nic2 after 1.2 s: failover",
        "10.77.0.12 source rx 4.5 MB rx 4.5 MB - tx 134 kB",
        "received (rx) Jain's index, over 2 members 0.74",
        "FM103 warning: Stream #2 moved from nic1 to nic2 after a failover",
        "Do: Find out why nic1 lost its link",
        "ip.addr == 10.77.0.12 && tcp.port == 53002",
        "warning capture_drops: nic1, captures/nic1.pcap: the capture says that it lost 12 packets",
        "spray_min_share 0.4",
        "12,654 packets, 4 flows, 12 streams",
    ):
        assert part in text, part


def test_one_screen_has_the_answer_claims_members_streams_and_findings() -> None:
    text = " ".join(render(make_report(), 80, False).split())
    for part in (
        "pass Each migration stream sits on one member, or moved for a good reason (4 directions: 3 single, 1 moved)",
        "inconclusive Source hosts spread across the members (rx: 2 hosts, at first 2 on nic1, 0 on nic2, p = 0.5)",
        "To do: Nothing yet: these captures cannot tell whether anything is wrong.",
        "To know more: Capture migrations with at least eight hosts at once.",
        "nic1 6,327 134 kB 9.4 MB bundled 10G #######... 67 %",
        "#1 qemu 10.77.0.11:53001 -> 10.77.0.100:49152 9.1 MB in 20.0 s rx nic1 9.5 MB; tx nic2 134 kB",
        "rx nic1 4.5 MB -> nic2 4.5 MB; tx",
        "nic1 -> nic2 after 1.2 s: failover",
        "FM103 warning: Stream #2 moved from nic1 to nic2 after a failover",
        "ip.addr == 10.77.0.12 && tcp.port == 53002 Do: Find out why nic1 lost its link",
        "warning capture_drops: nic1, captures/nic1.pcap: the capture says that it lost 12 packets",
        "12,654 packets, 4 flows, 12 streams, 2 judged; --full shows all",
    ):
        assert part in text, part
    for part in ("Jain", "spray_min_share", "clock of nic2", "HOSTS BY"):
        assert part not in text, part


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_healthy_team_of_eight_streams_fits_on_45_lines(language: str) -> None:
    base = make_report()
    spread = base.claims.spread.model_copy(update={"verdict": "pass", "hosts": 8, "counts": {"nic1": 4, "nic2": 4}})
    pinned = base.claims.pinned.model_copy(update={"moved": 0, "single": 16, "directions": 16, "streams": 8})
    sentence = "Each of the eight migration streams sits on one member in each direction. " * 2
    limit = make_finding(code="FM406", severity="info", explanation=sentence, action=sentence)
    report = make_report(
        verdict="pass",
        exit_code=0,
        answer=make_answer(sentence=sentence),
        findings=[limit],
        notices=[],
        claims=base.claims.model_copy(update={"pinned": pinned, "spread": spread}),
        streams=[make_stream(number) for number in range(1, 9)],
    )
    assert render(report, 80, False, language).count("\n") <= 45


def test_the_line_for_scripts_has_fields_parted_by_tabs() -> None:
    report = make_report(answer=make_answer(sentence="Two\nlines."))
    assert brief(report) == "10.77.0.100\tinconclusive\t3\tswitch\tFM203\tTwo\\nlines.\n"


def test_only_settings_that_are_no_defaults_are_told() -> None:
    settings = make_report().settings
    changed = settings.model_copy(
        update={"streams": "bulk", "thresholds": {**settings.thresholds, "spread_alpha": 0.05}}
    )
    assert "SETTINGS AND THRESHOLDS\n  streams bulk, spread_alpha 0.05\n" in render(
        make_report(settings=changed), 80, False
    )
    assert "SETTINGS" not in render(make_report(), 80, False)


def test_a_reason_that_the_first_sentence_gives_is_not_said_twice() -> None:
    base = make_report()
    report = make_report(answer=make_answer(sentence=base.claims.spread.reason))
    text = " ".join(render(report, 80, False, full=True).split())
    assert text.count("Both hosts landed on nic1") == 1
    assert text.count("All 4 stream-directions sat on one member") == 1


def test_findings_that_ask_for_the_same_are_put_together() -> None:
    same = [make_finding(title="A stream moved", explanation=f"Stream {number} moved.") for number in range(8)]
    other = make_finding(code="FM101", severity="error", title="Sprayed", action="Change the mode.")
    short = render(make_report(findings=[*same, other]), 80, False)
    assert [number for number in range(8) if f"Stream {number} moved." in short] == [0]
    assert "The same holds for 7 more." in short
    text = render(make_report(findings=[*same, other]), 80, False, full=True)
    assert text.count("FM103 warning: A stream moved") == 1
    assert text.count("Do: Find out why") == 1
    assert [number for number in range(8) if f"Stream {number} moved." in text] == [0, 1, 2, 3, 4]
    assert "The same holds for 3 more." in text
    assert "Do: Change the mode." in text


def test_undermined_claims_name_what_undermines_them() -> None:
    base = make_report()
    pinned = base.claims.pinned.model_copy(update={"verdict": "inconclusive", "undermined_by": ["capture_drops"]})
    text = render(make_report(claims=base.claims.model_copy(update={"pinned": pinned})), 80, False)
    assert "Undermined by: The capture program lost packets (capture_drops)" in " ".join(text.split())


def test_many_members_are_not_squeezed_but_only_the_used_ones_named() -> None:
    text = render(crowd(17), 80, False, full=True)
    assert "rx moved: failover  vmnic0 4.5 MB, vmnic16 4.5 MB" in text
    wide = render(crowd(8), 200, False, full=True)
    assert len([line for line in wide.split("\n") if line.split() == [f"vmnic{index}" for index in range(8)]]) == 2


def test_a_direction_on_very_many_members_is_cut_with_a_count() -> None:
    stream = make_stream(1)
    loads = [stream.directions[0].members[0].model_copy(update={"name": f"vmnic{index}"}) for index in range(9)]
    wide = stream.model_copy(update={"directions": [stream.directions[0].model_copy(update={"members": loads})]})
    report = make_report(members=[make_member(f"vmnic{index}") for index in range(9)], streams=[wide])
    assert "...and 5 more" in " ".join(render(report, 80, False).split())


def test_many_streams_are_cut_the_troubled_ones_first() -> None:
    streams = [make_stream(index) for index in range(1, 100)] + [moved_stream(100)]
    assert "90 more are in the JSON report." in render(make_report(streams=streams), 80, False)
    text = render(make_report(streams=streams), 80, False, full=True)
    first = next(line for line in text.split("\n") if line.startswith("  #"))
    assert first.startswith("  #100 ")
    assert "60 more are in the JSON report." in text


def test_a_direction_of_an_unknown_team_is_named_by_its_sender() -> None:
    stream = make_stream(1)
    directions = [direction.model_copy(update={"direction": "unknown"}) for direction in stream.directions]
    report = make_report(streams=[stream.model_copy(update={"directions": directions})])
    assert "from client nic1 9.5 MB; from server nic2 134 kB" in render(report, 80, False)
    text = render(report, 80, False, full=True)
    assert "single, from client" in text
    assert "single, from server" in text


def test_a_member_that_is_out_of_the_bundle_says_why() -> None:
    member = make_member("nic2")
    assert member.lacp is not None
    lacp = member.lacp.model_copy(update={"bundled": False, "reason": "no answer to its 5 LACPDUs"})
    text = render(make_report(members=[make_member(), member.model_copy(update={"lacp": lacp})]), 80, False)
    assert "NOT in" in text
    assert "nic2: no answer to its 5 LACPDUs" in text


def test_the_teams_own_interface_is_told_apart_and_takes_no_share() -> None:
    text = render(
        make_report(members=[make_member("nic1"), make_member("bond0", aggregate=True)]), 80, False, full=True
    )
    assert "########## 100 %" in text
    assert "bond0: carries the union of the others, left out of placement" in text
    header = next(line for line in text.split("\n") if line.split() == ["nic1"])
    assert "bond0" not in header


def test_nothing_at_all_can_be_shown() -> None:
    base = make_report(members=[], streams=[], migrations=[], hosts=[], findings=[], notices=[])
    text = render(base, 80, False)
    assert "\n  none\n" in text
    assert "STREAMS (2 judged of 12: payload and duration, wire bytes per member)\n  No TCP stream was seen.\n" in text
