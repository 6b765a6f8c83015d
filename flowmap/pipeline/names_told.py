"""Names that came up on the way, whatever became of them: what must not be in a report that is to be shared."""

from __future__ import annotations

from flowmap.capture.inputs import InputPlan
from flowmap.pipeline.read import ReadResult

__all__ = ["told_names"]


def told_names(plan: InputPlan, read: ReadResult) -> list[tuple[str, str]]:
    """(kind, name) of inputs and of the interfaces in them; members are those of the report."""
    files = [one.path for one in plan.captures]
    files += [failure.path for failure in [*plan.failures, *read.failures]]
    names = [("folder", notice.path) for notice in plan.notices if notice.path and notice.code == "not_a_capture"]
    names += [("capture", path) for path in [*files, *plan.left_out]]
    names += [("capture", notice.path) for notice in plan.notices if notice.path]
    names += [("member", one.member) for one in plan.captures if one.member]
    for scan in read.scans:
        for interface in scan.interfaces:
            told = (("interface", interface.name), ("description", interface.description), ("filter", interface.filter))
            names += [(kind, name) for kind, name in told if name]
    return list(dict.fromkeys(names))
