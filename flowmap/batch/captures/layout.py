"""A layout: TOML that says where the captures of teams lie, by patterns with placeholders.

    [[team]]
    captures = "{site}/{host}/{date}/{member}.pcapng"
    team = "{site}/{host}"
    run = "{date}"
    mode = "lacp"

Patterns are relative to each folder given, or whole URLs. A placeholder stands for one or more characters but `/`; the same
one twice stands for the same text. `*`, `?` and `**/` work as in globs. `{member}` names the member. All that is not
`captures`, `team` and `run` is a setting as in flowmap.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flowmap.batch.captures.tree import Complain, Tree, tree_at
from flowmap.batch.model import Capture, TeamRun
from flowmap.capture.source.url import is_url, shown
from flowmap.dataclass import dataclass
from flowmap.errors import ConfigError
from flowmap.message import msg
from flowmap.settings.regular import read_small

__all__ = ["Layout", "find_by_layout", "read_layout"]

_TOKEN = re.compile(r"\{(\w+)\}|(\*\*/)|(\*)|(\?)")
_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Layout:
    """One [[team]] table."""

    pattern: re.Pattern[str]
    team: str
    run: str
    settings: Mapping[str, Any]
    of_urls: bool = False

    def match(self, tree: Tree, file: str) -> re.Match[str] | None:
        """Return what the placeholders stand for, where a file of a tree fits."""
        return self.pattern.fullmatch(shown(file) if self.of_urls else tree.inside(file))


def read_layout(path: str) -> list[Layout]:
    """Return the tables of a layout file. Raises ConfigError that names the file and what is wrong."""
    try:
        document = tomllib.loads(read_small(path).decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(msg("{path}: cannot be read: {reason}", path=path, reason=error.strerror)) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(msg("{path}: not a TOML file: {reason}", path=path, reason=error)) from error
    tables = document.pop("team", None)
    if document or not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(msg("{path}: a layout is made of [[team]] tables, and nothing beside them", path=path))
    return [_layout(table, path) for table in tables]


def find_by_layout(
    root: str, layouts: Sequence[Layout], complain: Complain, skip: str | None = None
) -> Iterator[TeamRun]:
    """Yield the teams below `root`; a file belongs to the first layout that it fits."""
    found: dict[tuple[str, str], tuple[Layout, list[Capture]]] = {}
    tree = tree_at(root)
    for _, files in tree.walk(complain, skip):
        for file in files:
            match = next(((one, m) for one in layouts if (m := one.match(tree, file))), None)
            if match is None:
                continue
            layout, texts = match[0], match[1].groupdict()
            key = (layout.team.format_map(texts), layout.run.format_map(texts))
            _, captures = found.setdefault(key, (layout, []))
            captures.append(Capture(file, texts.get("member")))
    for (team, run), (layout, captures) in sorted(found.items(), key=lambda item: item[0]):
        yield TeamRun(team, run, tuple(captures), tree.settings_folders(root), layout.settings)


def _layout(table: dict[str, Any], path: str) -> Layout:
    settings = dict(table)
    texts = {name: settings.pop(name, None) for name in ("captures", "team", "run")}
    for name in ("captures", "team"):
        if not isinstance(texts[name], str) or not texts[name]:
            raise ConfigError(msg('{path}: each [[team]] needs {name} = "..."', path=path, name=name))
    run = texts["run"] or ""
    if not isinstance(run, str):
        raise ConfigError(msg("{path}: run must be text", path=path))
    known = set(_FIELD.findall(texts["captures"]))
    for name in {*_FIELD.findall(texts["team"]), *_FIELD.findall(run)} - known:
        raise ConfigError(msg("{path}: {name} is no placeholder of captures", path=path, name="{" + name + "}"))
    for text in (texts["team"], run):
        if set("{}") & set(_FIELD.sub("", text)):
            raise ConfigError(msg("{path}: {text}: a brace that belongs to no placeholder", path=path, text=text))
    return Layout(_compiled(texts["captures"]), texts["team"], run, settings, is_url(texts["captures"]))


def _compiled(pattern: str) -> re.Pattern[str]:
    """Return the pattern as a regular expression over paths with `/`."""
    known: set[str] = set()
    parts, end = [], 0
    for token in _TOKEN.finditer(pattern):
        parts.append(re.escape(pattern[end : token.start()]))
        name = token[1]
        if name:
            parts.append(f"(?P={name})" if name in known else f"(?P<{name}>[^/]+)")
            known.add(name)
        else:
            parts.append("(?:[^/]+/)*" if token[2] else "[^/]*" if token[3] else "[^/]")
        end = token.end()
    return re.compile("".join([*parts, re.escape(pattern[end:])]), re.DOTALL)
