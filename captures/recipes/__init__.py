"""How each edited capture is made: one function for each, by name."""

from __future__ import annotations

from collections.abc import Callable

from kit.recordings import Team

from recipes import lacp, teams, transfers

__all__ = ["RECIPES"]

RECIPES: dict[str, Callable[[], Team]] = {**lacp.RECIPES, **teams.RECIPES, **transfers.RECIPES}
