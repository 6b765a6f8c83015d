"""What a shell offers behind an option: modes, algorithms, policies, pages. The tables are loaded only when it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["algorithms_like", "among", "modes_like", "pages_like", "policies_like"]


def _begin(names: Iterable[str | None], typed: str) -> list[str]:
    return sorted({name for name in names if name and name.lower().startswith(typed.lower())})


def among(*words: str) -> Callable[[str], list[str]]:
    """Return what completes one of a few words."""

    def like(incomplete: str) -> list[str]:
        return _begin(words, incomplete)

    return like


def modes_like(incomplete: str) -> list[str]:
    """Return complete a teaming mode."""
    from flowmap.team.modes.table import every_row

    return _begin((row.mode for row in every_row()), incomplete)


def algorithms_like(incomplete: str) -> list[str]:
    """Return complete a load-balancing algorithm."""
    from flowmap.team.modes.table import every_row

    return _begin((row.algorithm for row in every_row()), incomplete)


def policies_like(incomplete: str) -> list[str]:
    """Return complete a policy that `predict` knows."""
    from flowmap.team.hashes.chooser import HASH_KEYS
    from flowmap.team.hashes.policy import POLICIES

    return _begin([*POLICIES, *HASH_KEYS], incomplete)


def pages_like(incomplete: str) -> list[str]:
    """Return complete a code, a word of the report, a mode or a switch."""
    from flowmap.document.pages.modes import mode_names
    from flowmap.document.pages.pages import aliases_of_pages, pages

    words = [word for aliases in aliases_of_pages().values() for word in aliases if word.replace("_", "").isalnum()]
    return _begin([*pages(), *words, *mode_names()], incomplete)
