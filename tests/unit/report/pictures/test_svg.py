"""Colours of pictures: those of the page, and told apart by the colour-blind.

Matrices: Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009,
severity 1.0; distances are CIELAB's of 1976, contrast is that of WCAG 2.
"""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from flowmap.report.pictures.svg import COLORS

VISIONS = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
STYLE = files("flowmap.report.formats.html").joinpath("style.css").read_text(encoding="utf-8")
LIGHT, DARK = (dict(re.findall(r"--([\w-]+):(#\w+)", STYLE.split("*{box")[0].split("@media")[part])) for part in (0, 1))
MEMBERS = [f"m{number}" for number in range(8)]


def linear(color: str) -> Any:
    parts = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(light: Any) -> Any:
    x, y, z = np.cbrt(XYZ @ np.clip(light, 0, 1) / np.array([0.9505, 1, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(first: str, second: str) -> float:
    low, high = sorted(float(XYZ[1] @ linear(color)) for color in (first, second))
    return (high + 0.05) / (low + 0.05)


def test_a_picture_has_the_colours_of_the_page() -> None:
    same = ["pass", "fail", *MEMBERS]
    assert {name: LIGHT[name] for name in same} == {name: COLORS[name] for name in same}
    assert (LIGHT["warn"], LIGHT["link"]) == (COLORS["warning"], COLORS["by-design"])


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_members_are_told_apart_by_everybody(theme: dict[str, str], vision: str) -> None:
    seen = [lab(np.array(VISIONS[vision]) @ linear(theme[name])) for name in MEMBERS]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) > 18


def test_text_on_a_member_can_be_read() -> None:
    assert min(contrast(LIGHT[name], "#ffffff") for name in MEMBERS) >= 4.5
    assert min(contrast(DARK[name], "#14171b") for name in MEMBERS) >= 4.5


def test_by_design_is_not_the_red_of_a_fault() -> None:
    red, green, blue = linear(COLORS["by-design"])
    assert blue > 4 * red > 0 or blue > green > red
    assert COLORS["by-design"] != COLORS["fail"]
