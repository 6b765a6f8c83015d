"""Writes docs/cli.md and the man pages in docs/man from the commands themselves: `python docs/make/cli.py`.

With `--check` it writes nothing, names the pages that differ from what it would make, apart from spaces, which vary with the
version of click, and ends with 1 if there are any. A test does that.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from flowmap.cli.app import app
from flowmap.version import __version__

DOCS = Path(__file__).parents[1]
HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"]}  # a command keeps the first it gets
INTRODUCTION = """# Commands and options

Made from the commands themselves; `flowmap COMMAND --help` prints the same, in German with `--lang de`. Results go to standard
output, messages and the progress bar to standard error. The text report is as wide as the terminal, 80 columns where there is
none; `COLUMNS` changes that, `NO_COLOR` keeps it plain.
"""


def commands(command: Any, name: str = "flowmap") -> Iterator[tuple[str, Any]]:
    """Yield every command with its full name, groups before what is in them."""
    yield name, command
    for word, below in getattr(command, "commands", {}).items():
        yield from commands(below, f"{name} {word}")


def help_text(name: str, command: Any) -> str:
    """Return what `NAME --help` prints at 80 columns."""
    context = command.make_context(name, [], resilient_parsing=True, terminal_width=80, max_content_width=80, **HELP)
    return "\n".join(line.rstrip() for line in command.get_help(context).splitlines())


def page(every: dict[str, Any]) -> str:
    """Return docs/cli.md."""
    parts = [INTRODUCTION]
    parts += [f"## {name}\n\n```text\n{help_text(name, command)}\n```\n" for name, command in every.items()]
    return "\n".join(parts)


def roff(text: str) -> str:
    """Return the text with what roff would take for a request or an escape made plain."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^([.'])", r"\\&\1", escaped, flags=re.MULTILINE)


def man_page(name: str, command: Any) -> str:
    """Return the man page of a command, section 1 (man(7), the macros `TH`, `SH`, `TP`)."""
    context = command.make_context(name, [], resilient_parsing=True, **HELP)
    about, _, codes = (command.help or "").partition("Exit codes: ")
    lines = [f'.TH "{name.replace(" ", "-").upper()}" 1 "" "flowmap {__version__}" "flowmap"', ".SH NAME"]
    lines.append(roff(f"{name.replace(' ', '-')} - {command.get_short_help_str(200).rstrip('.')}"))
    usage = " ".join(command.collect_usage_pieces(context))
    lines += [".SH SYNOPSIS", f".B {roff(name)}", roff(usage), ".SH DESCRIPTION", roff(" ".join(about.split()))]
    rows = [row for row in (one.get_help_record(context) for one in command.get_params(context)) if row]
    lines.append(".SH OPTIONS")
    for left, right in rows:
        lines += [".TP", f".B {roff(left)}", roff(" ".join(right.split()))]
    below = getattr(command, "commands", {})
    if below:
        lines.append(".SH COMMANDS")
        for word, one in below.items():
            lines += [".TP", f".B {roff(f'{name} {word}')}", roff(one.get_short_help_str(200))]
    if codes:
        lines.append(".SH EXIT STATUS")
        for code in codes.rstrip(". \n").split("; "):
            number, _, meaning = code.partition(" ")
            lines += [".TP", f".B {roff(number)}", roff(" ".join(meaning.split()))]
    return "\n".join(lines) + "\n"


def files() -> dict[Path, str]:
    """Return every page this makes, by its path."""
    every = dict(commands(typer.main.get_command(app)))
    pages = {DOCS / "cli.md": page(every)}
    return pages | {DOCS / "man" / f"{name.replace(' ', '-')}.1": man_page(name, one) for name, one in every.items()}


def stale() -> list[str]:
    """Return the pages that are not what this would make, those included that no command stands behind any more."""
    made = files()
    written = {path: path.read_text(encoding="utf-8") for path in (DOCS / "cli.md", *(DOCS / "man").iterdir())}
    differ = [
        path for path in made | written if made.get(path, "nothing").split() != written.get(path, "nothing").split()
    ]
    return sorted(path.relative_to(DOCS).as_posix() for path in differ)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit("\n".join(stale()) or 0)
    (DOCS / "man").mkdir(exist_ok=True)
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
