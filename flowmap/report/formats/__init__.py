"""The report as text, Markdown, HTML, JSON, tables and pictures: they print, and write whole files or none."""
