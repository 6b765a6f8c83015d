"""The blocks of pcap and pcapng files that describe what is captured, and how they are written."""
