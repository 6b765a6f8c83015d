"""Options of the test run."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from flowmap.kernels.parts import processors

# How long an example takes says how busy the machine is; what has to be fast is held by ratios in one run.
# Examples are the same in every run, so that a change fails for what it did; with FLOWMAP_EXHAUSTIVE they are new ones.
settings.register_profile(
    "flowmap",
    deadline=None,
    derandomize="FLOWMAP_EXHAUSTIVE" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("flowmap")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return how many workers `-n auto` means: one more than there are processors, as tests wait for programs they start."""
    return processors() + 1


def pytest_collection_finish() -> None:
    """Thousands of tests and modules stay to the end: without them each run of the collector is over sooner, and a forked child
    copies no page for its sake."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def collected() -> Iterator[None]:
    """Collect what a test leaves while its own filter of warnings still holds: the collector would else find an unclosed file
    or session in any later test, and that one would fail."""
    yield
    gc.collect()
