"""Every kept input once more through its target: seeds, and what fuzzing found before. Needs no atheris."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz import harness, targets

CORPUS = Path(__file__).parent / "corpus"
INPUTS = sorted(path for path in CORPUS.rglob("*") if path.is_file())
MOST_BYTES = 300_000


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_target_takes_it(path: Path) -> None:
    targets.TARGETS[path.parent.name](path.read_bytes())


def test_every_target_has_seeds_and_the_corpus_is_small() -> None:
    assert {path.parent.name for path in INPUTS} == set(targets.TARGETS)
    assert sum(path.stat().st_size for path in INPUTS) <= MOST_BYTES


def test_the_sound_report_is_sound() -> None:
    """Else altering its values would try nothing."""
    harness.read_report(harness.sound_report()[1:].encode())


@pytest.mark.parametrize(
    ("target", "broken"),
    [("capture", "flowmap.flow.scanning.scan.PlainTable.ingest"), ("frame", "flowmap.decode.reference.decode_common")],
)
def test_a_target_notices_what_it_is_for(target: str, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a twin that forgets, each seed with packets is a find."""
    monkeypatch.setattr(broken, lambda *_: [])
    with pytest.raises(AssertionError):
        targets.TARGETS[target]((CORPUS / target / ("seed-pcap" if target == "capture" else "seed-tcp4")).read_bytes())
