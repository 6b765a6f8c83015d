"""`flowmap extract`: streams out of all members' captures into one pcapng."""
