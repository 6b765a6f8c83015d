from pkt import OUT, arp, folder, put, streams

put(
    f"{OUT}/policy.txt",
    """[root@esx1:~] esxcli network vswitch standard policy failover get -v vSwitch1
   Load Balancing: explicit
   Network Failure Detection: link
   Notify Switches: true
   Failback: true
   Active Adapters: vmnic0
   Standby Adapters: vmnic1
   Unused Adapters:
""",
)
folder(f"{OUT}/cap", streams(["vmnic0"] * 8, n=40) + arp("vmnic1"))
