"""Where the captures of a batch lie, which team's they are, and whether they are new."""
