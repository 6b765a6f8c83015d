from pkt import OUT, arp, lacp, pcap, streams

pk = streams(["vmnic4"] * 8, n=60, sends=True) + arp("vmnic5") + lacp("vmnic4", 1) + lacp("vmnic5", 2)
pcap(f"{OUT}/tx/vmnic4.pcap", [p for p in pk if p.m == "vmnic4"])
pcap(f"{OUT}/tx/vmnic5_rcv.pcap", [p for p in pk if p.m == "vmnic5" and not p.out])
pk = streams(["vmnic4"] * 8, n=60) + arp("vmnic5")
pcap(f"{OUT}/rx/vmnic4.pcap", [p for p in pk if p.m == "vmnic4"])
pcap(f"{OUT}/rx/vmnic5_rcv.pcap", [p for p in pk if p.m == "vmnic5" and not p.out])
