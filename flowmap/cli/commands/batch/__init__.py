"""`flowmap batch`, and what reads its ledger: `flowmap history` and `flowmap prune`."""
