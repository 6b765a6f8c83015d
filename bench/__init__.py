"""Measuring flowmap beside other tools: see README.md."""
