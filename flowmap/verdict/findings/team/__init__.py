"""FM3xx: LACP, the mode of the team, and what is between host and switch."""
