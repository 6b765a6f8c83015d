"""README and docs against the program: commands parse and run, output and settings are real, links lead somewhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import warm

from flowmap.cli.app import app
from flowmap.cli.language import without_option
from flowmap.flow.streams.platforms import PORTS
from flowmap.settings.config import Thresholds, load_settings
from flowmap.settings.layers import file_layer
from flowmap.team.modes.table import lookup
from flowmap.team.read import parse_description

ROOT = Path(__file__).parents[2]
PATHS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md"))]
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PATHS}
OTHERS = {"--build-arg", "--comp", "--nthreads", "--seed", "--tls-"}  # of podman, pktmon, dask, tests/fuzz
ALL = "\n".join(PAGES.values())
SETTINGS, TEAM = PAGES["docs/settings.md"], PAGES["docs/team.md"]
COMMAND: Any = typer.main.get_command(app)
TYPER = tuple(int(part) for part in typer.__version__.split(".")[:2])


def commands(command: Any = COMMAND, name: str = "flowmap") -> Iterator[tuple[str, Any]]:
    """All commands with their full names, groups too."""
    yield name, command
    for word, below in getattr(command, "commands", {}).items():
        yield from commands(below, f"{name} {word}")


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def shell_commands(text: str) -> list[str]:
    """Return flowmap's command lines in a page's shell blocks, in their order, without what a shell does around them."""
    lines = [part.strip().rstrip("&").strip() for block in blocks("sh", text) for part in re.split(r"\n|&&", block)]
    return [line for line in (line.removeprefix(".venv/bin/") for line in lines) if line.startswith("flowmap ")]


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """flowmap as a user runs it, in the tree, at 80 columns, in UTC and with no settings of its surroundings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLOWMAP_", "XDG_CONFIG"))}
    surroundings = {**kept, "COLUMNS": "80", "TZ": "UTC", "HOME": str(ROOT / "nowhere")}
    return warm.run(
        [sys.executable, "-m", "flowmap", *arguments],
        cwd=cwd,
        env=surroundings,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.skipif(TYPER < (0, 29), reason="typer before 0.29 words usage lines otherwise than the pages have them")
def test_pages_made_from_the_commands_are_new() -> None:
    """In a process of its own: texts of help are made at import, in the language that other tests may have chosen before."""
    made = [sys.executable, str(ROOT / "docs" / "make" / "cli.py"), "--check"]
    environment = {name: value for name, value in os.environ.items() if name not in ("LANG", "LC_ALL", "FLOWMAP_LANG")}
    ended = subprocess.run(made, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_man_pages_are_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["setuptools"]["data-files"] == {"share/man/man1": ["docs/man/*.1"]}


def test_every_option_named_exists() -> None:
    known = {
        word for _name, command in commands() for one in command.params for word in [*one.opts, *one.secondary_opts]
    }
    told = {
        option
        for span in re.findall(r"`([^`\n]*)`", ALL)
        if re.match(r"flowmap |--", span)
        for option in re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", span)
    }
    assert told - known - {"--help"} - OTHERS == set()


@pytest.mark.parametrize("line", sorted(set(shell_commands(ALL))))
def test_commands_parse(line: str) -> None:
    words, _language = without_option(shlex.split(line.partition(" > ")[0])[1:])
    command = COMMAND
    while hasattr(command, "commands"):
        name = words.pop(0)
        name = f"{name} {words.pop(0)}" if words and f"{name} {words[0]}" in command.commands else name
        command = command.commands[name]
    command.make_context("flowmap", words, help_option_names=["-h", "--help"])


@pytest.mark.parametrize(
    "command",
    [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/flowmap analyze captures/different-sources",
        "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest -n auto",
    ],
)
def test_set_up_is_one_command(command: str) -> None:
    assert [command + "\n"] == [block for block in blocks("sh", PAGES["README.md"]) if block.startswith(command)]


@pytest.mark.parametrize(
    ("line", "shown"),
    re.findall(r"^<!-- output of: (flowmap .*?) -->\n```text\n(.*?)^```", ALL, re.MULTILINE | re.DOTALL),
)
def test_output_shown_is_output_made(line: str, shown: str) -> None:
    """Pieces between lines of three dots follow each other in the real output."""
    rest = run(*shlex.split(line)[1:]).stdout
    for piece in re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE):
        if not piece:
            continue
        assert piece in rest
        rest = rest.partition(piece)[2]


def test_the_page_for_language_models_leads_to_pages() -> None:
    """As https://llmstxt.org has it: a title, a quote, lists of links; each with what is there."""
    text = (ROOT / "docs" / "llms.txt").read_text(encoding="utf-8")
    assert re.match(r"# flowmap\n\n> ", text)
    linked = re.findall(r"^- \[[^]]+\]\(([^)]+)\): .", text, re.MULTILINE)
    assert len(linked) == text.count("](")
    assert [name for name in linked if not (ROOT / "docs" / name).is_file()] == []


def test_exit_codes_are_those_of_the_help() -> None:
    table = PAGES["README.md"].partition("**Exit codes of analyze:**")[2].partition("\n\n1 outranks")[0]
    documented = re.findall(r"^\| ([0-9+n]+) \|", table, re.MULTILINE)
    (told,) = re.findall(r"Exit codes: (.*)\.", " ".join(run("analyze", "--help").stdout.split()))
    assert documented == [part.split()[0] for part in told.split("; ")]


def test_every_setting_is_in_the_example(tmp_path: Path) -> None:
    (example,) = blocks("toml", SETTINGS)
    path = tmp_path / "flowmap.toml"
    path.write_text(example, encoding="utf-8")
    layer = file_layer(path)
    assert layer is not None
    load_settings([layer])
    settings = json.loads(run("config", "show", "--json", "-").stdout)["settings"]
    plain = [name for name in settings if not name.startswith("thresholds.")]
    assert [name for name in plain if not re.search(rf"^({name} = |\[\[{name}\]\])", example, re.MULTILINE)] == []


def test_the_description_of_a_team_is_one() -> None:
    (example,) = blocks("toml", TEAM)
    (team,) = parse_description(example.encode(), "team.toml").teams
    assert [member.name for member in team.members] == ["NIC1", "NIC2"]


def test_every_threshold_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([0-9.]+) \|", SETTINGS, re.MULTILINE))
    assert {name: float(value) for name, value in rows.items()} == {
        name: float(field.default) for name, field in Thresholds.model_fields.items()
    }


def test_every_known_migration_port_is_documented() -> None:
    told = SETTINGS.partition("**Migration ports known:**")[2].partition("\n\n")[0]
    numbers = re.findall(r"[0-9]+(?:-[0-9]+)?", told)
    assert sorted(numbers) == sorted(str(p.low) if p.low == p.high else f"{p.low}-{p.high}" for p in PORTS)


def test_modes_and_algorithms_named_are_known() -> None:
    table = TEAM.partition("Names are those that the hosts use:")[2].partition("An unknown name")[0]
    for row in re.findall(r"^\| (?!team|---)([^|]*)\|([^|]*)\|([^|]*)\|", table, re.MULTILINE):
        modes, algorithms = (re.findall(r"`([^`]+)`", cell) for cell in row[1:])
        assert modes
        for mode in modes:
            lookup(mode, None)
        for algorithm in algorithms:
            lookup(None, algorithm)


def slug(heading: str) -> str:
    """Return the anchor that GitHub and the site give to a heading."""
    return re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(
        r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```", "", PAGES[name], flags=re.MULTILINE | re.DOTALL)
    ):
        if re.match(r"[a-z]+://|mailto:", target):
            continue
        file, _, anchor = target.partition("#")
        path = ((ROOT / name).parent / file).resolve() if file else ROOT / name
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {slug(heading) for heading in headings}, target


ELSEWHERE = (
    "tcp://",
    "flowmap analyze FOLDER",
    "flowmap capture lo",
)  # what needs a cluster, a recording, a Linux host
STAND_INS = {"first.pcap": "different-sources/hvT_nic1.pcap", "second.pcap": "different-sources/hvT_nic2.pcap"}


@pytest.mark.parametrize("name", sorted(name for name in PAGES if shell_commands(PAGES[name])))
def test_commands_run(name: str, tmp_path: Path) -> None:
    """Each line of a page, in order, in one folder: every one gives an answer."""
    for place in ("captures", "samples"):
        (tmp_path / place).symlink_to(ROOT / place)
    for file, source in STAND_INS.items():
        shutil.copy(ROOT / "captures" / source, tmp_path / file)
    shutil.copy(ROOT / "captures/11a-two-vlans-one-member/host.pcapng", tmp_path / "team.pcapng")
    (tmp_path / "team.key").write_text("0123456789abcdef" * 4)
    (tmp_path / "team.key").chmod(0o600)
    for line in shell_commands(PAGES[name]):
        if any(word in line for word in ELSEWHERE) or ("verify" in line and not shutil.which("tshark")):
            continue
        done = run(*shlex.split(line.partition(" > ")[0])[1:], cwd=tmp_path)
        assert done.returncode in (0, 1, 3), (line, done.stderr)
