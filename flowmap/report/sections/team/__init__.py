"""Sections about the team: its host, its members, their captures and clocks, and what the packets say of its mode."""
