import json

from pkt import OUT, folder, lacp, put, streams


def link(number, name, **more):
    return {
        "ifindex": number,
        "ifname": name,
        "flags": ["BROADCAST", "UP", "LOWER_UP"],
        "link_type": "ether",
        "address": "02:aa:00:00:00:01",
        **more,
    }


def slave(number, name, addr, master="bond0"):
    return link(
        number,
        name,
        master=master,
        linkinfo={
            "info_slave_kind": "bond",
            "info_slave_data": {"perm_hwaddr": addr, "ad_aggregator_id": 1},
        },
    )


def bond(name, **data):
    told = {"mode": "802.3ad", "xmit_hash_policy": "layer3+4", **data}
    return link(9, name, linkinfo={"info_kind": "bond", "info_data": told})


put(f"{OUT}/bond0.json", json.dumps([bond("bond0")]))
for n in (1, 2, 3):
    put(f"{OUT}/nic{n}.json", json.dumps([slave(n, f"nic{n}", f"02:aa:00:00:00:{n:02}")]))
folder(f"{OUT}/cap", streams(["nic1"] * 4 + ["nic2"] * 4, n=40) + lacp("nic1", 1) + lacp("nic2", 2))
