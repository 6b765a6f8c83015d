"""Pictures that are laid out here: the map of hosts, streams and members, and the card."""
