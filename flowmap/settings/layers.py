"""Where settings come from: the command line, FLOWMAP_* variables and flowmap.toml files, each made a layer of values.

A flag beats FLOWMAP_* variables, which beat ./flowmap.toml, the user's file and /etc/flowmap/flowmap.toml. Unknown keys
are refused: a typing error must not silently leave a default in place. The environment is passed in by `cli`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flowmap.errors import ConfigError
from flowmap.message import Message, glue, msg
from flowmap.settings.acceptance import WHAT_IS_ALLOWED, Acceptance
from flowmap.settings.allowed import as_written, refusal, refuse_unknown
from flowmap.settings.config import Layer, Thresholds
from flowmap.settings.files import config_files
from flowmap.settings.regular import read_small

__all__ = [
    "config_files",
    "environment_layer",
    "file_layer",
    "flag_layer",
    "parse_ports",
    "parse_speed",
    "parse_threshold",
    "table_layer",
]

_PREFIX = "FLOWMAP_"
_COMMAND_LINE = msg("command line")
_THRESHOLD_PREFIX = "FLOWMAP_THRESHOLD_"
_NOT_SETTINGS = frozenset({"FLOWMAP_LEDGER", "FLOWMAP_WEBHOOK"})
"""Read by one command alone."""


def parse_speed(text: str) -> int:
    """Return bits per second: `10G`, `2.5G`, `100M`, `1000000000`, also with `bit/s`, `bps` or `b` behind.

    >>> parse_speed("2.5G")
    2500000000
    """
    match = re.fullmatch(r"([0-9]{1,16}(?:\.[0-9]+)?)\s*([kKmMgGtT]?)(?:b|bps|bit|bit/s)?", text.strip())
    factor = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
    speed = round(float(match[1]) * factor[match[2].lower()]) if match else 0
    if not 1_000 <= speed <= 10**15:
        raise ConfigError(msg("{text!r} is not a speed: write it like 10G, 2.5G or 100M (bits per second)", text=text))
    return speed


def parse_ports(text: str) -> tuple[int, int]:
    """Return a TCP port or an inclusive range of them.

    >>> parse_ports("49152-49215")
    (49152, 49215)
    """
    match = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", text.strip())
    if match:
        first = int(match[1])
        last = int(match[2] or first)
        if 1 <= first <= last <= 65535:
            return first, last
    raise ConfigError(msg("{text!r} is neither a TCP port nor a range P-Q of them (1 to 65535)", text=text))


def parse_threshold(text: str) -> tuple[str, str]:
    """Return NAME=VALUE of a threshold: its key in a layer, and the value as text."""
    name, equals, value = text.partition("=")
    name = name.strip().replace("-", "_")
    if not equals:
        raise ConfigError(msg("threshold {text!r}: write NAME=VALUE", text=text))
    refuse_unknown(msg("threshold {name!r}", name=name), name, Thresholds.model_fields)
    return f"thresholds.{name}", value.strip()


def flag_layer(values: Mapping[str, Any], thresholds: Iterable[str] = ()) -> Layer:
    """Return values given on the command line, by the names the files use; None and empty lists mean not given."""
    given = {name: value for name, value in values.items() if value is not None and value != [] and value != ()}
    layer = dict(_read_keys(given, _COMMAND_LINE))
    layer.update(parse_threshold(text) for text in thresholds)
    return Layer(_COMMAND_LINE, layer)


def environment_layer(environ: Mapping[str, str]) -> list[Layer]:
    """Return one layer per FLOWMAP_* variable, so that each value's origin names its variable.

    Lists are comma-separated.
    """
    layers = []
    for name in sorted(name for name in environ if name.startswith(_PREFIX) and name not in _NOT_SETTINGS):
        where = msg("environment variable {name}", name=name)
        text = environ[name]
        refuse_unknown(where, name, _VARIABLES)
        if name.startswith(_THRESHOLD_PREFIX):
            key = name.removeprefix(_THRESHOLD_PREFIX).lower()
            layers.append(Layer(where, {f"thresholds.{key}": text}))
        else:
            key = name.removeprefix(_PREFIX).lower()
            value = [part for part in text.split(",") if part.strip()] if key in _LISTS else text
            layers.append(Layer(where, _read_keys({key: value}, where)))
    return layers


def file_layer(path: Path) -> Layer | None:
    """Return the values of one TOML file; None where there is no such file. Files that it names are beside it."""
    try:
        document = tomllib.loads(read_small(path).decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if isinstance(error, PermissionError) and not os.access(path.parent, os.X_OK):
            return None  # the home of another user, as services have it: whatever is in there is not meant for them
        raise ConfigError(msg("{path}: cannot be read: {reason}", path=path, reason=error.strerror)) from error
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, a number or a nesting beyond all bounds
        raise ConfigError(msg("{path}: not a TOML file: {error}", path=path, error=error)) from error
    layer = table_layer(document, str(path))
    if "team" not in layer.values:
        return layer
    files = tuple(str(path.parent / name) for name in layer.values["team"])
    return Layer(layer.origin, {**layer.values, "team": files})


def table_layer(table: Mapping[str, Any], origin: str) -> Layer:
    """Return the values of a table with the keys of flowmap.toml. Raises ConfigError that begins with `origin`."""
    document, where = dict(table), glue(origin)
    thresholds = document.pop("thresholds", {})
    if not isinstance(thresholds, dict):
        raise ConfigError(msg("{path}: thresholds must be a table: [thresholds]", path=origin))
    values = _read_keys(document, where)
    for name, value in thresholds.items():
        refuse_unknown(msg("{path}: threshold {name!r}", path=origin, name=name), name, Thresholds.model_fields)
        values[f"thresholds.{name}"] = value
    return Layer(where, values)


def _speeds(value: Any) -> dict[str, Any]:
    """Return default_speed and speeds from `10G`, `["10G", "nic1=1G"]` or `{default = "10G", nic1 = "1G"}`."""
    pairs: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        pairs = [("" if name == "default" else name, speed) for name, speed in value.items()]
    else:
        for text in value if isinstance(value, list | tuple) else [value]:
            name, equals, speed = str(text).rpartition("=")
            pairs.append((name.strip() if equals else "", speed))
    speeds = {name: parse_speed(str(speed)) for name, speed in pairs}
    found: dict[str, Any] = {}
    if "" in speeds:
        found["default_speed"] = speeds.pop("")
    if speeds:
        found["speeds"] = speeds
    return found


def _ports(value: Any) -> dict[str, Any]:
    texts = value if isinstance(value, list | tuple) else [value]
    return {"migration_ports": tuple(parse_ports(str(text)) for text in texts)}


def _local(value: Any) -> dict[str, Any]:
    return {"local": tuple(text.strip() for text in _texts(value))}


def _team(value: Any) -> dict[str, Any]:
    return {"team": tuple(_texts(value))}


def _accept(value: Any) -> dict[str, Any]:
    """Return the `[[accept]]` tables, each checked by itself: an error names the number of its table.

    The last table of a file was written last, so it comes first, and replaces those before it that are about the same.
    """
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise ConfigError(
            msg(
                "{value} cannot be used: write each as a table, [[accept]] with a code and a reason",
                value=as_written(value),
            )
        )
    tables = [_acceptance(table, number) for number, table in enumerate(value, start=1)]
    newest: dict[str, Acceptance] = {}
    for one in reversed(tables):
        newest.setdefault(one.about, one)
    return {"accept": tuple(newest.values())}


def _acceptance(table: Mapping[str, Any], number: int) -> Acceptance:
    try:
        return Acceptance(**{name: value for name, value in table.items() if name != "ended"})
    except ValidationError as error:
        problem = refusal(error, Acceptance.model_fields, WHAT_IS_ALLOWED)
        raise ConfigError(msg("table {number}: {problem}", number=number, problem=problem)) from error


def _texts(value: Any) -> list[str]:
    return [str(text) for text in (value if isinstance(value, list | tuple) else [value])]


def _plain(name: str) -> Callable[[Any], dict[str, Any]]:
    return lambda value: {name: value}


_LISTS = frozenset({"local", "speed", "migration_port", "team"})
_KEYS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "local": _local,
    "team": _team,
    "speed": _speeds,
    "migration_port": _ports,
    "accept": _accept,
    **{name: _plain(name) for name in ("mode", "algorithm", "streams", "top", "strict", "jobs", "decoder", "lang")},
}
_FLAG_ONLY: dict[str, Callable[[Any], dict[str, Any]]] = {"from_ns": _plain("from_ns"), "to_ns": _plain("to_ns")}
_VARIABLES = tuple(_PREFIX + name.upper() for name in _KEYS) + tuple(
    _THRESHOLD_PREFIX + name.upper() for name in Thresholds.model_fields
)


def _read_keys(values: Mapping[str, Any], where: Message) -> dict[str, Any]:
    """Return values by the names users write (`speed`, `migration_port`, ...) as values by Settings field."""
    readers = {**_KEYS, **_FLAG_ONLY} if where == _COMMAND_LINE else _KEYS
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name not in readers:
            refuse_unknown(msg("{where}: {name!r}", where=where, name=name), name, (*readers, "thresholds"))
        try:
            found.update(readers[name](value))
        except ConfigError as error:
            raise ConfigError(msg("{where}: {name}: {error}", where=where, name=name, error=error.message)) from error
    return found
