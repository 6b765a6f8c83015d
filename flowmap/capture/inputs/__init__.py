"""What is a member: from the paths of a command to the captures, and which of them are pieces, halves or copies of one NIC.

`plan` expands arguments, `series` knows the pieces that capture programs write, `directions` a file for what came in and one
for what went out, `naming` gives each interface its member. Names propose, times and contents decide: see each file's rules.
"""

from flowmap.capture.inputs.plan import InputPlan, PlannedCapture, in_natural_order, plan_inputs

__all__ = ["InputPlan", "PlannedCapture", "in_natural_order", "plan_inputs"]
