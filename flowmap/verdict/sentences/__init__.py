"""The sentences people forward: one for each claim, made of the numbers they rest on."""

from flowmap.verdict.sentences.pinned import pinned_sentence
from flowmap.verdict.sentences.spread import spread_sentence
from flowmap.verdict.sentences.subjects import all_units, direction_text, files_mixed, two_hosts_sentence

__all__ = ["all_units", "direction_text", "files_mixed", "pinned_sentence", "spread_sentence", "two_hosts_sentence"]
