"""What a batch run publishes: reports, the index page, metrics, and a word to a web address."""
