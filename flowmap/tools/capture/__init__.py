"""Records every member of a team at once, with what the host says of the team before and after.

find -> check -> witness (before) -> record and watch -> witness (after) -> manifest. In: names of a team or of NICs, and what
the plan says. Out: one folder that `flowmap analyze FOLDER` takes whole. Wrong captures are mostly wrong before anybody reads
them (one member, no LACPDUs, the team interface, different times), so everything that can go wrong is checked first, and
what went wrong in spite of that is in the manifest.
"""
