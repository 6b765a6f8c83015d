"""Many teams over time: find them in folders, analyze what is new, keep a ledger, publish reports and an index.

`captures` finds the teams and tells what is new, `work` has each analyzed in a process of its own (`one`), `ledger` remembers,
`output` publishes what others read. `run` joins them.
"""
