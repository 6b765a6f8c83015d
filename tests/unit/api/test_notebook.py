"""The notebook of the docs runs from its first cell to its last, and shows what is known of the captures."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("marimo", reason="marimo is not installed (the extra docs)")
    for name in ("duckdb", "polars", "pandas"):
        pytest.importorskip(name, reason="one of the test extra's packages")
    monkeypatch.chdir(ROOT)
    app = runpy.run_path(str(ROOT / "docs" / "notebook.py"), run_name="notebook")["app"]
    _outputs, made = app.run()
    assert made["analysis"].verdict == "pass"
    assert made["by_host"] == [  # wire bytes as captures/MANIFEST.toml has it for each direction
        ("10.77.0.10", "NIC2", 1, 4_017_309),
        ("10.77.0.11", "NIC1", 1, 4_017_309),
        ("10.77.0.12", "NIC2", 1, 4_017_177),
        ("10.77.0.13", "NIC2", 1, 4_017_243),
    ]
    assert set(made["busiest"]["member"]) == {"NIC1", "NIC2"}
