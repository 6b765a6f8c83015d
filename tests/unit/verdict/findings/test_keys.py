"""Keys that several families share."""

from __future__ import annotations

import pytest

from flowmap.verdict.findings import keys
from flowmap.verdict.findings.registered import RULES


@pytest.mark.parametrize("name", keys.__all__)
def test_a_shared_key_is_of_several_families_and_called_as_its_constant(name: str) -> None:
    key = getattr(keys, name)
    assert key.name.upper() == name
    assert len({rule.code[2] for rule in RULES.values() if key in rule.evidence}) > 1
