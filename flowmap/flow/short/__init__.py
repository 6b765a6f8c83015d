"""The short ways through the kernel, for what captures of bulk are full of.

These are packets that follow in known flows (`known`, `calm`), and records that are counted while they are walked
(`straight`). The long ways are the meaning.
"""
