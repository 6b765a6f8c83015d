"""The report as one HTML page that needs nothing but a browser."""

from flowmap.report.formats.html.page import Material, render

__all__ = ["Material", "render"]
