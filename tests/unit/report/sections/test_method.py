"""How the report was made: what is no default comes first, and commands can be pasted into a shell."""

from __future__ import annotations

import shlex

from factories import make_member, make_report

from flowmap.report.blocks import Command, Settings
from flowmap.report.sections.method import made_line, method_section, settings_section


def test_settings_that_decide_and_are_no_defaults_come_first() -> None:
    settings = make_report().settings
    changed = settings.model_copy(
        update={"streams": "bulk", "mode": "lacp", "thresholds": {**settings.thresholds, "spread_alpha": 0.05}}
    )
    first, rest = settings_section(make_report(settings=changed)).blocks
    assert isinstance(first, Settings)
    assert isinstance(rest, Settings)
    assert (first.rows, first.full) == ((("streams", "bulk"), ("spread_alpha", "0.05")), False)
    assert rest.full
    assert ("mode", "lacp") in rest.rows
    assert not {name for name, _ in rest.rows} & {"streams", "spread_alpha", "strict"}


def test_paths_in_commands_are_one_word_each() -> None:
    member = make_member()
    path = "it's a file; rm x.pcap"
    capture = member.captures[0].model_copy(update={"path": path})
    report = make_report(members=[member.model_copy(update={"captures": [capture]})])
    commands = [block.text for block in method_section(report).blocks if isinstance(block, Command)]
    (verify,) = [command for command in commands if command.startswith("flowmap verify")]
    assert shlex.split(verify) == ["flowmap", "verify", path]


def test_what_was_read_is_counted() -> None:
    said = made_line(make_report())
    assert "12,654 packets, 4 flows, 12 streams, 2 judged" in said
    assert said.endswith("made 2026-01-02T03:04:05Z")
