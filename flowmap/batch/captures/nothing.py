"""What no night analyzes: folders in which nothing is found, captures that lie where reports go, teams that always wait.

Without a word such a night would look healthy. It is told when it begins, as everything that batch tells, and not again until
it was otherwise in between.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

from flowmap.batch.captures.discover import find_teams
from flowmap.batch.ledger import Ledger
from flowmap.batch.output.places import FOLDER
from flowmap.capture.source.url import is_url, shown
from flowmap.message import Message, msg

__all__ = ["among_reports", "is_inside", "news", "nothing_in", "remember", "waiting_long"]

_STATE = "nothing in"
_SINCE = "waiting since"
_LONG_NS = 86_400 * 10**9
"""A ring buffer that is never closed changes for ever, and its team with it; what is copied rests before that."""


def nothing_in(folder: str, *, layout: bool) -> Message:
    """Return what to say of a folder in which no team was found."""
    name = shown(folder)
    if layout:
        return msg("{folder}: holds no capture that fits the layout; is it the right folder, and mounted?", folder=name)
    return msg("{folder}: holds no captures; is it the right folder, and mounted?", folder=name)


def among_reports(out: str, folders: Iterable[str]) -> Message | None:
    """Return what to say of captures in the output folder, which are left out with it; None if there are none in it.

    An output folder outside of all `folders` may hold what it likes: it is not expected to be searched.
    """
    if not any(is_inside(out, folder) for folder in folders):
        return None
    skip = os.path.join(os.path.realpath(out), FOLDER)
    found = next(find_teams(os.path.realpath(out), lambda _: None, skip), None)
    if found is None:
        return None
    return msg(
        "{path}: is left out, for reports go into that folder: give an --out without captures in it",
        path=found.captures[0].path,
    )


def is_inside(path: str, folder: str) -> bool:
    """Return whether a path is below a folder of this machine, links followed."""
    if is_url(folder) and not os.path.isdir(folder):
        return False
    return os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), ""))


def news(told: Mapping[str, Message], ledger: Ledger) -> dict[str, Message]:
    """Return what no run has told yet."""
    known = set(_known(ledger))
    return {about: text for about, text in told.items() if about not in known}


def waiting_long(teams: Iterable[str], ledger: Ledger, now_ns: int) -> dict[str, Message]:
    """Return what to say of teams that wait for their captures to rest, and have waited in each run for more than a day."""
    since, waiting = _since(ledger), list(teams)
    now = {team: min(since.get(team, now_ns), now_ns) for team in waiting}
    if now != since:
        ledger.remember(_SINCE, json.dumps(now))
    return {
        f"waiting: {team}": msg(
            "{team}: has not been analyzed for more than a day, for its captures change all the time: move "
            "those that are finished into a folder of their own, or give --settle 0",
            team=team,
        )
        for team in waiting
        if now_ns - now[team] > _LONG_NS
    }


def remember(told: Iterable[str], ledger: Ledger) -> None:
    """Keep what has been told and still is so. A run that changes nothing writes nothing."""
    now = sorted(told)
    if now != _known(ledger):
        ledger.remember(_STATE, json.dumps(now))


def _known(ledger: Ledger) -> list[str]:
    known = _kept(ledger, _STATE)
    return [str(one) for one in known] if isinstance(known, list) else []


def _since(ledger: Ledger) -> dict[str, int]:
    kept = _kept(ledger, _SINCE)
    return {team: at for team, at in kept.items() if isinstance(at, int)} if isinstance(kept, dict) else {}


def _kept(ledger: Ledger, key: str) -> Any:
    try:
        return json.loads(ledger.state(key) or "null")
    except ValueError:
        return None
