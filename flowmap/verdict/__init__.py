"""From facts to what is judged of them: placements, the two claims, the mode, limits, findings and the answer.

Every judgement is a new value; facts stay as they were gathered. `conclude.py` has the order of the later steps,
`flowmap.analysis.judge` that of the earlier ones.
"""
