"""Ways to pass flowmap on: the conda recipe, the frozen folder, the image and the oldest packages follow pyproject.toml."""

from __future__ import annotations

import ast
import re
import runpy
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not (ROOT / "samples").exists(), reason="tests of an installed flowmap")


def project() -> dict[str, object]:
    found: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def test_the_conda_recipe_asks_for_the_same_packages() -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML comes with Dask, of the test extra")
    recipe = yaml.safe_load((ROOT / "samples/conda/recipe.yaml").read_text(encoding="utf-8"))
    asked = {
        text.replace(" ", "").replace("prometheus_client", "prometheus-client")
        for text in recipe["requirements"]["run"]
    }
    assert asked == {*project()["dependencies"], f"python{project()['requires-python']}"}  # type: ignore[misc]
    version = runpy.run_path(str(ROOT / "flowmap/version.py"))["__version__"]
    assert recipe["context"]["version"] == version
    assert recipe["package"]["name"] == project()["name"]


def test_the_oldest_packages_are_those_of_the_project() -> None:
    oldest = runpy.run_path(str(ROOT / ".ci/oldest.py"))["oldest"]
    told = dict(text.split("==") for text in oldest())
    assert {"numpy", "pydantic", "pyarrow", "dask", "fsspec"} <= told.keys()
    assert {f"{name}>={version}" for name, version in told.items()} >= {*project()["dependencies"]}  # type: ignore[misc]


def test_the_frozen_folder_leaves_out_nothing_that_is_needed() -> None:
    tree = ast.parse((ROOT / "samples/flowmap.spec").read_text(encoding="utf-8"))
    (excluded,) = [
        ast.literal_eval(word.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word.arg == "excludes"
    ]
    needed = {text.partition(">")[0].partition("[")[0] for text in project()["dependencies"]}  # type: ignore[attr-defined]
    assert not needed & set(excluded)


def test_the_image_has_all_that_builds_flowmap() -> None:
    text = (ROOT / "samples/Containerfile").read_text(encoding="utf-8")
    backend = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["build-backend"]
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "LICENSE", "README.md", f"{backend}.py"):
        assert f" {name} " in text, name


def test_notes_of_changes_are_called_as_towncrier_wants_them() -> None:
    """It passes over others without a word."""
    towncrier = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
    kinds = "|".join(kind["directory"] for kind in towncrier["type"])
    notes = {path.name for path in (ROOT / "changes.d").iterdir()} - {"README.md"}
    assert {name for name in notes if not re.fullmatch(rf"\+[\w-]+\.({kinds})\.md", name)} == set()
