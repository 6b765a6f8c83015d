"""What `verify` found, fit to be shared: every address and name in it replaced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from flowmap.privacy.anonymizer import Anonymizer
from flowmap.tools.verify.found import CaptureVerification

__all__ = ["anonymized_verifications"]


def anonymized_verifications(captures: Iterable[CaptureVerification], hide: Anonymizer) -> list[CaptureVerification]:
    """Return what `verify` found. The layers of packets are left out: tshark shows all that is in them."""
    captures = list(captures)
    for one in captures:
        hide.names.add_path(one.path)
    return [
        replace(
            one,
            path=hide.name(one.path),
            differences=tuple(replace(d, subject=hide.text(d.subject)) for d in one.differences),
            details=tuple(replace(d, read=hide.value(d.read), layers=()) for d in one.details),
            **{name: hide.value(getattr(one, name)) for name in ("remark", "complaint", "error")},
        )
        for one in captures
    ]
