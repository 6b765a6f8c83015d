"""The report as a document: its schema, how it is built from judged facts, and the pages that explain it."""
