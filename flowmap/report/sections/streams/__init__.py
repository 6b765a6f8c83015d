"""Sections about streams by member, the moves between members, hosts, and migrations with what limited them."""
