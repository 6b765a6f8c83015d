"""The chart engine starts beside the reading, where a page is asked for and only there."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from flowmap import analysis
from flowmap.cli import main
from flowmap.errors import ConfigError
from flowmap.report.pictures import engine


@pytest.mark.parametrize(("more", "expected"), [([], ["read"]), (["--html", "page.html"], ["start", "read"])])
def test_the_engine_is_started_before_captures_are_read(
    more: list[str], expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def read(*_arguments: object, **_more: object) -> None:
        order.append("read")
        raise ConfigError("enough")

    monkeypatch.setattr(engine, "start_engine", lambda: order.append("start"))
    monkeypatch.setattr(analysis, "analyze", read)
    monkeypatch.setattr(sys, "argv", ["flowmap", "analyze", str(tmp_path), *more])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main()
    assert order == expected


def test_an_engine_that_does_not_start_is_told_by_who_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    vl_convert = pytest.importorskip("vl_convert")
    raised: list[object] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)

    def fail(*_arguments: object, **_more: object) -> str:
        raise ValueError("no engine")

    monkeypatch.setattr(vl_convert, "vegalite_to_svg", fail)
    engine.start_engine().join()
    assert raised == []
