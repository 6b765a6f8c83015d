"""The README against the program: every option and setting is in it, its commands parse, its output is real."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from flowmap.cli.app import app
from flowmap.cli.language import without_option
from flowmap.config import Thresholds, load_settings
from flowmap.config_layers import file_layer
from flowmap.flow.migration import PORTS
from flowmap.team.description.read import parse_description
from flowmap.team.modes import lookup

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMAND: Any = typer.main.get_command(app)


def commands(command: Any = COMMAND, name: str = "flowmap") -> Iterator[tuple[str, Any]]:
    """All commands with their full names, groups too."""
    yield name, command
    for word, below in getattr(command, "commands", {}).items():
        yield from commands(below, f"{name} {word}")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def shell_commands(text: str = README) -> list[str]:
    lines = [part.strip().rstrip("&").strip() for block in blocks("sh", text) for part in re.split(r"\n|&&", block)]
    return [line.removeprefix(".venv/bin/") for line in lines if line]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """flowmap as a user runs it, in the tree, at 80 columns, in UTC and with no settings of its surroundings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOWMAP_", "XDG_CONFIG"))}
    surroundings = {**kept, "COLUMNS": "80", "TZ": "UTC", "PYTHONIOENCODING": "utf-8", "HOME": str(ROOT / "nowhere")}
    return subprocess.run(
        [sys.executable, "-m", "flowmap", *arguments],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("name", [name for name, _command in commands()])
def test_every_option_is_documented(name: str) -> None:
    command = dict(commands())[name]
    context = command.make_context(name, [], resilient_parsing=True)
    options = {word for one in command.get_params(context) for word in [*one.opts, *one.secondary_opts]}
    missing = {
        option
        for option in options
        if option.startswith("-") and not re.search(rf"`(?:[^`\n]*[ |])?{re.escape(option)}(?![\w-])", README)
    }
    assert not missing


@pytest.mark.parametrize("name", [name for name, command in commands() if not hasattr(command, "commands")])
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"^\| `{name}[ `]", README, re.MULTILINE)


def test_every_option_in_the_readme_exists() -> None:
    known = {
        word for _name, command in commands() for one in command.params for word in [*one.opts, *one.secondary_opts]
    }
    options = README.partition("Options of `analyze`:")[2].partition("## Settings")[0]
    others = re.sub(r"`(?:ip|cat|ovs-appctl) [^`]*`", "", options)  # of other programs
    told = set(re.findall(r"(?<![\w-])(--?[a-z][a-z-]*)", others))
    assert told - known == {"--help", "-h"}


@pytest.mark.parametrize("line", sorted({line for line in shell_commands() if line.startswith("flowmap")}))
def test_commands_in_the_readme_parse(line: str) -> None:
    words, _language = without_option(shlex.split(line)[1:])
    command = COMMAND
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    command.make_context("flowmap", words)


@pytest.mark.parametrize(
    "command",
    [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/flowmap analyze captures/different-sources",
        "python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/pytest -n auto",
    ],
)
def test_set_up_is_one_command(command: str) -> None:
    assert [command + "\n"] == [block for block in blocks("sh") if block.startswith(command)]


@pytest.mark.parametrize(
    ("line", "shown"),
    re.findall(r"^<!-- output of: (flowmap .*?) -->\n```text\n(.*?)^```", README, re.MULTILINE | re.DOTALL),
)
def test_output_shown_is_output_made(line: str, shown: str) -> None:
    """Pieces between lines of three dots follow each other in the real output."""
    rest = run(*shlex.split(line)[1:]).stdout
    for piece in re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE):
        if not piece:
            continue
        assert piece in rest
        rest = rest.partition(piece)[2]


def test_exit_codes_are_those_of_the_help() -> None:
    table = README.partition("**Exit codes of analyze:**")[2].partition("\n\n1 outranks")[0]
    documented = re.findall(r"^\| ([0-9+n]+) \|", table, re.MULTILINE)
    (told,) = re.findall(r"Exit codes: (.*)\.", " ".join(run("analyze", "--help").stdout.split()))
    assert documented == [part.split()[0] for part in told.split("; ")]


def test_every_setting_is_in_the_example(tmp_path: Path) -> None:
    (example,) = (block for block in blocks("toml") if "[[" not in block)  # those are a layout and a team's description
    path = tmp_path / "flowmap.toml"
    path.write_text(example, encoding="utf-8")
    layer = file_layer(path)
    assert layer is not None
    load_settings([layer])
    settings = json.loads(run("config", "show", "--json", "-").stdout)["settings"]
    plain = [name for name in settings if not name.startswith("thresholds.")]
    assert [name for name in plain if not re.search(rf"^{name} = ", example, re.MULTILINE)] == []


def test_the_description_of_a_team_is_one() -> None:
    (example,) = (block for block in blocks("toml") if "[[member]]" in block)
    (team,) = parse_description(example.encode(), "team.toml").teams
    assert [member.name for member in team.members] == ["NIC1", "NIC2"]


def test_every_threshold_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([0-9.]+) \|", README, re.MULTILINE))
    assert {name: float(value) for name, value in rows.items()} == {
        name: float(field.default) for name, field in Thresholds.model_fields.items()
    }


def test_every_known_migration_port_is_documented() -> None:
    told = README.partition("**Migration ports known:**")[2].partition("\n\n")[0]
    numbers = re.findall(r"[0-9]+(?:-[0-9]+)?", told)
    assert sorted(numbers) == sorted(str(p.low) if p.low == p.high else f"{p.low}-{p.high}" for p in PORTS)


def test_modes_and_algorithms_named_are_known() -> None:
    table = README.partition("Names are those that the hosts use:")[2].partition("An unknown name")[0]
    for row in re.findall(r"^\| (?!team|---)([^|]*)\|([^|]*)\|([^|]*)\|", table, re.MULTILINE):
        modes, algorithms = (re.findall(r"`([^`]+)`", cell) for cell in row[1:])
        assert modes
        for mode in modes:
            lookup(mode, None)
        for algorithm in algorithms:
            lookup(None, algorithm)
