"""Each code of the table of modes has words, and no words are for a code that the table does not have."""

from __future__ import annotations

from flowmap.team.modes.table import every_row
from flowmap.team.modes.text import MOVES, RECEIVES, SENDS, sends

ROWS = every_row()


def test_every_code_of_the_table_has_words_and_every_word_a_code() -> None:
    assert {row.rx for row in ROWS} - set(RECEIVES) == set()
    assert {move for row in ROWS for move in (row.tx_moves, row.rx_moves)} == set(MOVES)
    assert {row.tx for row in ROWS} == set(SENDS)


def test_a_hash_of_macs_and_addresses_is_not_told_as_one_of_addresses_alone() -> None:
    both = [row for row in ROWS if row.policy == "layer2+3"]
    assert both
    assert {sends(row) for row in both} == {sends(both[0])}
    assert "MACs and IP addresses" in sends(both[0])
    assert {sends(row) for row in ROWS if row.policy != "layer2+3"} <= set(SENDS.values())
