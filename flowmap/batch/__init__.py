"""Many teams over time: find them in folders, analyse what is new, keep a ledger, publish reports and an index.

`discover` and `layout` find the teams, `fingerprint` tells what is new, `work` analyses each in a process of its own,
`ledger` remembers, `publish` writes what others read. `run` joins them.
"""
