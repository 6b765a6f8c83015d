"""Rows of the table ranked by clues: what speaks for and against each is in modes.toml, under [clues]."""

from __future__ import annotations

from flowmap.message import msg
from flowmap.team.modes.table import every_row, expectation
from flowmap.verdict.mode.candidates import Candidates, rank_modes
from flowmap.verdict.mode.clues import Clue


def clue(kind: str, value: str | None = None, *, steady: bool = False) -> Clue:
    return Clue(kind, msg("it is"), value, steady)


def verdicts(found: Candidates, mode: str, algorithm: str | None = None) -> set[str]:
    return {one.verdict for one in found.of(expectation(mode, algorithm).rows)}


def test_without_a_clue_nothing_is_ranked() -> None:
    assert rank_modes([]) == Candidates()
    assert Candidates().only_family.name is None


def test_each_row_is_ranked_once_the_refuted_last_and_the_best_supported_first() -> None:
    found = rank_modes([clue("lacp_bundle"), clue("key_ip")])
    assert len(found.ranked) == len(every_row())
    order = [one.verdict for one in found.ranked]
    assert order == sorted(order, key=["fits", "untestable", "refuted"].index)
    scores = [one.score for one in found.ranked if one.verdict == "fits"]
    assert scores == sorted(scores, reverse=True)
    assert max(scores) == 4  # lacp_bundle weighs 3, key_ip 1


def test_a_bundle_speaks_for_lacp_and_against_what_the_switch_does_not_aggregate() -> None:
    found = rank_modes([clue("lacp_bundle")])
    assert verdicts(found, "linux/802.3ad") == {"fits"}
    assert verdicts(found, "linux/balance-alb") == {"refuted"}
    assert verdicts(found, "linux/balance-rr") == {"refuted"}  # needs a static channel


def test_a_mode_that_works_with_lacp_as_without_is_not_refuted_by_it() -> None:
    """Open vSwitch's balance-slb: with a bundle the switch hashes, so what comes in says nothing of it either."""
    assert verdicts(rank_modes([clue("lacp_bundle")]), "balance-slb") == {"untestable"}
    assert verdicts(rank_modes([clue("received_on_several")]), "balance-slb") == {"refuted"}
    assert verdicts(rank_modes([clue("lacp_bundle"), clue("received_on_several")]), "balance-slb") == {"untestable"}


def test_what_only_speaks_against_steady_rows_leaves_those_that_move() -> None:
    """A key of source MACs that streams far apart contradict: balance-slb may have moved one meanwhile."""
    assert verdicts(rank_modes([clue("key_smac_vlan")]), "balance-slb") == {"refuted"}
    assert verdicts(rank_modes([clue("key_smac_vlan", steady=True)]), "balance-slb") == {"untestable"}


def test_a_policy_speaks_for_and_against_rows_of_its_name_only() -> None:
    fits = rank_modes([clue("policy_fits", "layer2")])
    assert {one.row.policy for one in fits.ranked if one.verdict == "fits"} == {"layer2"}
    denied = rank_modes([clue("policy_refuted", "layer2")])
    assert {one.row.policy for one in denied.ranked if one.verdict == "refuted"} == {"layer2"}


def test_one_family_is_left_only_where_something_speaks_for_it() -> None:
    found = rank_modes([clue("sprayed"), clue("no_lacp")])
    assert found.only_family.name == "round-robin"
    assert {row.tx for row in found.only_family.rows} == {"rr"}
    assert rank_modes([clue("no_lacp")]).only_family.name is None  # several are left
    assert rank_modes([clue("kept_whole")]).only_family.name is None  # it speaks for none
