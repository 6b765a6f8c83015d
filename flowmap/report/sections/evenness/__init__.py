"""Sections about how even the load was, beside what chance gives, and which hash keys explain it."""
