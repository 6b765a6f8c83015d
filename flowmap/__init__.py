"""flowmap: which NIC of a team carried each flow, and is that as it should be."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
