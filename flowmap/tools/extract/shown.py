"""What of members and packets `extract` writes: all as it is, or fit to be shared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import overload

from flowmap.capture.blocks.writer import WrittenInterface
from flowmap.message import Message, nmsg
from flowmap.privacy.anonymizer import Anonymizer
from flowmap.privacy.frames import anonymized_frame
from flowmap.report.anonymized import learn_member
from flowmap.team.members import Members

__all__ = ["AnonymizedShown", "Shown"]


class Shown:
    """Everything as it was captured."""

    @overload
    def text(self, text: Message) -> Message: ...
    @overload
    def text(self, text: str) -> str: ...
    def text(self, text: str) -> str:
        """Return a text about streams or inputs."""
        return text

    def interface(self, interface: WrittenInterface) -> WrittenInterface:
        """Return the description of an interface."""
        return interface

    def frame(self, data: bytes, link_type: int) -> bytes:
        """Return a packet's bytes."""
        return data

    def messages(self) -> list[Message]:
        """Return what there is to say when all packets are written."""
        return []


class AnonymizedShown(Shown):
    """Addresses and names replaced as in a report, headers only. Members get their numbers in the order of the report."""

    def __init__(self, hide: Anonymizer, members: Members, names: Iterable[tuple[str, str]]) -> None:
        self._hide = hide
        self._empty = 0
        for member in members.members:
            learn_member(hide, member.name, [capture.path for capture in member.captures])
        for kind, name in names:
            hide.names.tell(kind, name)

    @overload
    def text(self, text: Message) -> Message: ...
    @overload
    def text(self, text: str) -> str: ...
    def text(self, text: str) -> str:
        return self._hide.text(text)

    def interface(self, interface: WrittenInterface) -> WrittenInterface:
        name = None if interface.name is None else self._hide.name(interface.name)
        return replace(interface, name=name, description=None, fcs_len=0)

    def frame(self, data: bytes, link_type: int) -> bytes:
        mapped = anonymized_frame(data, link_type, self._hide.addresses)
        self._empty += not mapped
        return mapped

    def messages(self) -> list[Message]:
        if not self._empty:
            return []
        one = "{count} packet is written without its bytes: --anonymize does not know its link layer"
        many = "{count} packets are written without their bytes: --anonymize does not know their link layer"
        return [nmsg(one, many, self._empty)]
