"""Captures of two hosts in one run, and how to analyze each by itself."""
