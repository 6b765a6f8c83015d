"""A stand-in for the pipeline: it remembers what it was asked and answers with a report written by hand."""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from factories import make_report

import flowmap
from flowmap.document.evidence import Evidence
from flowmap.document.model import Report
from flowmap.document.series import Series
from flowmap.report.formats.flows import FLOW_COLUMNS
from flowmap.settings.config import Settings


@dataclass
class FakeAnalysis:
    report: Report = field(default_factory=make_report)
    messages: list[str] = field(default_factory=list)
    series: Series = field(default_factory=Series)
    evidence: Evidence = field(default_factory=Evidence)

    def flow_columns(self) -> dict[str, Any]:
        texts = ("member", "src", "dst", "vlan", "encapsulation")
        return {name: ["x", "y"] if name in texts else [1, 2] for name in FLOW_COLUMNS}


@dataclass
class FakePipeline:
    """`answer` is returned, or raised where it is an exception; `asked` is (paths, settings) of the last call."""

    answer: Any = field(default_factory=FakeAnalysis)
    captures: list[Any] = field(default_factory=list)
    asked: tuple[list[str], Settings] | None = None
    steps: list[tuple[int, int]] = field(default_factory=list)
    during: Callable[[], None] = lambda: None
    words: str | None = None

    def analyze(
        self, paths: list[str], settings: Settings, *, progress: Any = None, say: Any = None, reader: Any = None
    ) -> Any:
        self.asked = (paths, settings)
        for step in self.steps:
            progress(*step)
        if self.words is not None:
            say(self.words)
        self.during()
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    def inspect(self, paths: list[str], settings: Settings) -> list[Any]:
        self.asked = (paths, settings)
        return self.captures


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    fake = FakePipeline()
    module = types.ModuleType("flowmap.analysis")
    module.analyze = fake.analyze  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "flowmap.analysis", module)
    monkeypatch.setattr(flowmap, "analysis", module, raising=False)
    monkeypatch.setattr("flowmap.tools.inspect.captures.inspect", fake.inspect)
    return fake


@dataclass
class Result:
    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Any) -> Callable[..., Result]:
    """Run a command in this process, in an empty folder, with no FLOWMAP_* variables and no configuration files."""
    for name in [name for name in os.environ if name.startswith("FLOWMAP_")]:
        monkeypatch.delenv(name)
    for name, value in (("HOME", str(tmp_path / "home")), ("COLUMNS", "80"), ("SOURCE_DATE_EPOCH", "1767323045")):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        from flowmap.cli import main

        monkeypatch.setattr(sys, "argv", ["flowmap", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capfd.readouterr()
        code = caught.value.code
        return Result(0 if code is None else int(code), out, err)

    return run
