"""From judged facts to the report document, a file for each part of it."""
