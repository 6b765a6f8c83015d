"""LACP on the members of a team: frames, ends, rhythm, signs of trouble, and when a member is in the bundle."""
