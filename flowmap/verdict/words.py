"""The closed words of the report, such as verdicts and placements, as a person reads them."""

from __future__ import annotations

from flowmap.message import Message, msg

__all__ = ["WORDS", "word"]

_SAID = (
    # verdicts, severities, confidence
    msg("pass"), msg("fail"), msg("inconclusive"), msg("error"), msg("warning"), msg("info"), msg("high"), msg("medium"),
    msg("low"),
    # placements and causes of moves
    msg("single"), msg("moved"), msg("sprayed"), msg("mirrored"), msg("absent"), msg("undecided"), msg("failover"),
    msg("member-set-change"), msg("rebalance"), msg("flowlet"), msg("unexplained"),
    # what limits
    msg("member-line-rate"), msg("shared-member"), msg("receiver-window"), msg("loss"), msg("sender"), msg("cpu"),
    # who and where
    msg("source"), msg("destination"), msg("both"), msg("teamed"), msg("other"), msg("unknown"), msg("none"), msg("host"),
    msg("stream"), msg("config"), msg("inferred"),
)  # fmt: skip
WORDS = {str(said): said for said in _SAID}
"""By the word that JSON has."""


def word(name: object) -> Message:
    """A closed word as a message; one that is not listed is data, such as a mode, and stays as it is.

    >>> word("sprayed").template
    'sprayed'
    """
    return WORDS.get(str(name)) or Message("{name}", {"name": str(name)})
