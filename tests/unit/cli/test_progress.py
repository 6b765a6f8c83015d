"""The progress bar: on a terminal, for long reads, from any thread."""

from __future__ import annotations

import io
import threading

import pytest

from flowmap.cli import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def standard_error(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, patience_s: float) -> None:
    """Within the test: between fixtures and test pytest puts its own stream back."""
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setattr(progress, "_PATIENCE_S", patience_s)
    monkeypatch.setenv("TERM", "xterm")


def drive(bar: progress.ProgressBar) -> None:
    with bar:
        threads = [threading.Thread(target=lambda n=n: bar(n * 10**8, 10**9)) for n in range(1, 10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        bar(10**9, 10**9)


def test_long_reads_show_how_far_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    standard_error(monkeypatch, terminal, 0.0)
    drive(progress.ProgressBar(enabled=True))
    assert "reading" in terminal.getvalue()
    assert "1.0/1.0 GB" in terminal.getvalue()


@pytest.mark.parametrize(
    ("stream", "patience_s", "enabled"), [(Terminal, 3600.0, True), (Terminal, 0.0, False), (io.StringIO, 0.0, True)]
)
def test_short_quiet_and_redirected_reads_show_nothing(
    stream: type[io.StringIO], patience_s: float, enabled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = stream()
    standard_error(monkeypatch, target, patience_s)
    drive(progress.ProgressBar(enabled=enabled))
    assert target.getvalue() == ""
