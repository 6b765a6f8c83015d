"""From rows, control frames and descriptions to what is known of the team: members, host, clocks, LACP, modes and counters.

`members.py` is where captures end and members begin. What a description says and what the packets show are kept apart; which of
them holds is judged later, in `verdict/`.
"""
