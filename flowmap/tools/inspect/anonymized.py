"""What `inspect` found, fit to be shared: every address and name in it replaced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from flowmap.notice import Notice
from flowmap.privacy.anonymizer import Anonymizer
from flowmap.tools.inspect.model import CaptureInspection

__all__ = ["anonymized_inspections"]


def anonymized_inspections(captures: Iterable[CaptureInspection], hide: Anonymizer) -> list[CaptureInspection]:
    """Return what `inspect` tells, mapped as `analyze` maps it."""
    captures = list(captures)
    for one in captures:
        for member in one.members:
            hide.names.add("member", member)
        hide.names.add_path(one.path)
    for one in captures:
        for interface in one.interfaces:
            for kind, name in (("interface", interface.name), ("description", interface.description)):
                if name:
                    hide.names.add(kind, name)
    return [
        replace(
            one,
            path=hide.name(one.path),
            members=tuple(map(hide.name, one.members)),
            error=None if one.error is None else hide.text(one.error),
            notices=tuple(anonymized_notice(notice, hide) for notice in one.notices),
            interfaces=tuple(
                replace(i, **{name: hide.value(getattr(i, name)) for name in ("name", "description", "mac", "member")})
                for i in one.interfaces
            ),
        )
        for one in captures
    ]


def anonymized_notice(notice: Notice, hide: Anonymizer) -> Notice:
    """Return a notice with its place and text mapped."""
    return replace(notice, **{name: hide.value(getattr(notice, name)) for name in ("detail", "member", "path")})
