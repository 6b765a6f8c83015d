"""`flowmap selftest`: it passes here, its captures are those of the tree, and it notices what is not as it should be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from flowmap.tools import selftest

ROOT = Path(__file__).parents[2]
HERE = Path(selftest.__file__).parent
MEMBERS = ("nic1", "nic2")


def test_the_bundled_captures_are_samples_of_the_tree() -> None:
    for name in MEMBERS:
        sample = ROOT / f"captures/06-failover/{name}.pcap"
        assert gzip.decompress((HERE / f"{name}.pcap.gz").read_bytes()) == sample.read_bytes()


def test_every_check_is_good(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        (HERE / "expected.json").write_text(selftest.report_of(selftest.analyze_bundled(HERE), HERE), encoding="utf-8")
    assert [check.what for check in selftest.checks() if not check.good] == []


def test_another_report_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    made = selftest.report_of
    monkeypatch.setattr(selftest, "report_of", lambda *given: made(*given).replace('"fail', '"fall'))
    _kernel, report, *_others = selftest.checks()
    assert not report.good
    assert report.why is not None
