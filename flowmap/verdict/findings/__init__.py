"""Findings: what a person should know beyond the claims.

There is a folder for each family, the first digit of its codes: the rules that are registered, the pages of their
codes, and what
makes findings of them.
"""
