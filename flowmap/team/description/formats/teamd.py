"""What teamd says of its team: `teamdctl team0 state` as text, `state dump` and `config dump` (also `actual`) as JSON.

The runner is the mode. The key (`tx_hash`) stands in the configuration only; without it teamd takes MACs and IP addresses.
Sources: teamd.conf(5), teamdctl(8), libteam teamd/teamd_runner_lacp.c.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flowmap.team.description.model import Adapter, LacpState, LacpTimer, Parts, TeamDescription, mac_of

__all__ = ["CONFIG", "STATE", "is_state_text", "is_teamd", "teamd_json", "teamd_text"]

STATE, CONFIG = "teamdctl state", "teamdctl config dump"
_TEXT = re.compile(r"^setup:[^\S\n]*\n(?:[^\S\n].*\n)*?[^\S\n]+runner: (\w+)", re.MULTILINE)
_NAME = re.compile(r"teamdctl\s+(?:-\S+\s+)*([^\s;|&]+)\s+(?:state|config)")
_LINE = re.compile(r"^(\s*)([^:]+?)(?::(?:\s+(.*?))?)?\s*$")
_PORTS = {"l4", "tcp", "udp", "sctp"}
_ADDRESSES = {"ip", "ipv4", "ipv6", "l3"}
_DEFAULT_HASH = ("eth", "ipv4", "ipv6")
_NOBODY = "00:00:00:00:00:00"


def is_teamd(value: Any) -> bool:
    """Return whether a JSON object is teamd's state or configuration."""
    if not isinstance(value, dict):
        return False
    if isinstance(setup := value.get("setup"), dict):
        return "runner_name" in setup
    runner = value.get("runner")
    return isinstance(runner, dict) and isinstance(runner.get("name"), str)


def teamd_json(value: Mapping[str, Any], source: str) -> Parts:
    """Return the team of one JSON object of `state dump` or `config dump`."""
    return Parts(teams=[_state(value, source) if "setup" in value else _config(value, source)])


def _config(value: Mapping[str, Any], source: str) -> TeamDescription:
    runner, ports, name = _part(value, "runner"), _part(value, "ports"), value.get("device")
    mode = str(runner["name"]).lower()
    fast = runner.get("fast_rate")
    timer: LacpTimer | None = None if mode != "lacp" else "fast" if fast is True else "slow"
    return TeamDescription(
        source,
        CONFIG,
        name if isinstance(name, str) else None,
        f"teamd/{mode}",
        _hash(mode, runner),
        tuple(Adapter(port) for port in ports),
        mac_of(value.get("hwaddr")),
        timer,
    )


def _hash(mode: str, runner: Mapping[str, Any]) -> str | None:
    """Return the finest fields of the hash, and whether teamd moves hashes between ports to even out load."""
    if mode not in ("lacp", "loadbalance"):
        return None
    if isinstance(runner.get("tx_balancer"), dict) and runner["tx_balancer"].get("name") == "basic":
        return "tx-balancer"
    fields = runner.get("tx_hash")
    told = {str(one).lower() for one in fields} if isinstance(fields, list) and fields else set(_DEFAULT_HASH)
    return f"tx-hash-{'l4' if told & _PORTS else 'l3' if told & _ADDRESSES else 'l2'}"


def _state(value: Mapping[str, Any], source: str) -> TeamDescription:
    device, runner = _part(_part(value, "team_device"), "ifinfo"), _part(value, "runner")
    ports = _part(value, "ports")
    mode = str(_part(value, "setup")["runner_name"]).lower()
    active, name = runner.get("active_port"), device.get("ifname")
    return TeamDescription(
        source,
        STATE,
        name if isinstance(name, str) else None,
        f"teamd/{mode}",
        None,
        tuple(_port(port, _part(ports, port)) for port in ports),
        mac_of(device.get("dev_addr")),
        _timer(runner.get("fast_rate")),
        None,
        active if isinstance(active, str) and active else None,
    )


def _timer(fast: Any) -> LacpTimer | None:
    return {True: "fast", False: "slow"}.get(fast) if isinstance(fast, bool) else None  # type: ignore[return-value]


def _port(name: str, port: Mapping[str, Any]) -> Adapter:
    link, speed = _part(port, "link"), _part(port, "link").get("speed")
    up = _part(port, "link_watches").get("up", link.get("up"))
    return Adapter(
        name,
        None,
        mac_of(_part(port, "ifinfo").get("dev_addr")),
        speed * 10**6 if isinstance(speed, int) and speed > 0 else None,
        None,
        up if isinstance(up, bool) else None,
        _lacp(_part(port, "runner")),
    )


def _lacp(runner: Mapping[str, Any]) -> LacpState | None:
    selected = runner.get("selected", _part(runner, "aggregator").get("selected"))
    if not isinstance(selected, bool):
        return None
    actor, partner, word = _part(runner, "actor_lacpdu_info"), _part(runner, "partner_lacpdu_info"), runner.get("state")
    system = partner.get("system")
    return LacpState(
        None,
        selected,
        None,
        None if not isinstance(system, str) else system != _NOBODY,
        _whole(actor.get("key")),
        _whole(actor.get("state")),
        _whole(partner.get("state")),
        word if isinstance(word, str) else None,
    )


def is_state_text(text: str) -> bool:
    """Return whether a text holds what `teamdctl team0 state` prints for people."""
    return _TEXT.search(text) is not None


def teamd_text(text: str, source: str) -> Parts:
    """Return every team of a text; several may follow one another."""
    starts = [match.start() for match in _TEXT.finditer(text)]
    parts, before = Parts(), 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        names = _NAME.findall(text[before:start])
        state = _tree(text[start:end].splitlines())
        parts.teams.append(_state_of_text(state, names[-1] if names else None, source))
        before = start
    return parts


def _tree(lines: Sequence[str]) -> dict[str, Any]:
    """Return lines by their indentation: a value, or what stands below it."""
    root: dict[str, Any] = {}
    open_ones = [(-1, root)]
    for line in lines:
        if (match := _LINE.match(line)) is None or not match[2].strip():
            continue
        depth = len(match[1].expandtabs(8))
        if depth == 0 and match[3] is not None:
            break  # a prompt, or another output
        while open_ones[-1][0] >= depth:
            open_ones.pop()
        if match[3] is None:
            below: dict[str, Any] = {}
            open_ones[-1][1].setdefault(match[2].strip(), below)
            open_ones.append((depth, below))
        else:
            open_ones[-1][1].setdefault(match[2].strip(), match[3].partition(" <<")[0])
    return root


def _state_of_text(state: Mapping[str, Any], name: str | None, source: str) -> TeamDescription:
    runner, ports = _part(state, "runner"), _part(state, "ports")
    active, rate = runner.get("active port"), runner.get("fast rate")
    return TeamDescription(
        source,
        STATE,
        name,
        f"teamd/{str(_part(state, 'setup').get('runner')).lower()}",
        None,
        tuple(_port_of_text(port, _part(ports, port)) for port in ports),
        frozenset(),
        "fast" if rate == "yes" else "slow" if rate == "no" else None,
        None,
        active if isinstance(active, str) and active else None,
    )


def _port_of_text(name: str, port: Mapping[str, Any]) -> Adapter:
    runner, summary = _part(port, "runner"), _part(port, "link watches").get("link summary")
    speed = re.match(r"([0-9]{1,9})mbit", str(port.get("ethtool link", "")))
    selected, system = runner.get("selected"), _part(runner, "partner LACPDU info").get("system")
    actor, partner = (_whole(_part(runner, f"{side} LACPDU info").get("state")) for side in ("actor", "partner"))
    lacp = (
        None
        if selected is None
        else LacpState(
            None,
            selected == "yes",
            None,
            None if system is None else system != _NOBODY,
            _whole(runner.get("key")),
            actor,
            partner,
            runner.get("state"),
        )
    )
    return Adapter(
        name,
        None,
        mac_of(port.get("addr")),
        int(speed[1]) * 10**6 or None if speed else None,
        None,
        None if summary is None else summary == "up",
        lacp,
    )


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"0x[0-9a-fA-F]{1,8}|[0-9]{1,9}", value):
        return int(value, 0) if value.startswith("0x") else int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _part(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = table.get(key)
    return part if isinstance(part, dict) else {}
