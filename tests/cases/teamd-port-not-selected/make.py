import json

from pkt import OUT, arp, folder, put, streams


def port(selected, state):
    return {
        "link": {"up": True, "speed": 10000},
        "link_watches": {"up": True},
        "runner": {"aggregator": {"id": 1, "selected": selected}, "selected": selected, "state": state},
    }


state = {
    "setup": {"runner_name": "lacp"},
    "runner": {"active": True, "fast_rate": False},
    "ports": {"nic1": port(True, "current"), "nic2": port(False, "defaulted")},
    "team_device": {"ifinfo": {"ifname": "team0"}},
}
put(f"{OUT}/state.json", json.dumps(state))
folder(f"{OUT}/cap", streams(["nic1"] * 8, n=40) + arp("nic2"))
