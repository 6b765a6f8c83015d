"""The report for people: sections said once as blocks, formats that print them, pictures."""
