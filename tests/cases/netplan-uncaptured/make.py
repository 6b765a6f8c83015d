from pkt import OUT, folder, lacp, put, streams

put(
    f"{OUT}/01-bond.yaml",
    """network:
  version: 2
  ethernets:
    enp3s0f0: {dhcp4: no}
    enp3s0f1: {dhcp4: no}
    enp3s0f2: {dhcp4: no}
  bonds:
    bond0:  # to the core switch
      interfaces: [enp3s0f0,
                   enp3s0f1, enp3s0f2]
      parameters:
        mode: 802.3ad
        lacp-rate: fast
        transmit-hash-policy: "layer3+4"
""",
)
folder(f"{OUT}/cap", streams(["enp3s0f0"] * 4 + ["enp3s0f1"] * 4, n=40) + lacp("enp3s0f0", 1) + lacp("enp3s0f1", 2))
