import json

from pkt import OUT, folder, lacp, put, streams

runner = {"name": "lacp", "active": True, "fast_rate": True}
put(f"{OUT}/team0.json", json.dumps({"device": "team0", "runner": runner, "ports": {"nic1": {}, "nic2": {}}}))
folder(f"{OUT}/cap", streams(["nic1"] * 4 + ["nic2"] * 4, n=40) + lacp("nic1", 1) + lacp("nic2", 2))
