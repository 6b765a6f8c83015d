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


first = [bond("bond0"), slave(1, "nic1", "02:cc:00:00:01:01"), slave(2, "nic2", "02:cc:00:00:01:02")]
second = [bond("bond0", xmit_hash_policy="layer2+3")]
second += [slave(1, "nic1", "02:aa:00:00:01:01"), slave(2, "nic2", "02:aa:00:00:02:01")]
put(f"{OUT}/both.json", json.dumps(first) + "\n" + json.dumps(second))
put(f"{OUT}/turned.json", json.dumps(second) + "\n" + json.dumps(first))
folder(f"{OUT}/cap", streams(["nic1"] * 4 + ["nic2"] * 4, n=40) + lacp("nic1", 1) + lacp("nic2", 2))
