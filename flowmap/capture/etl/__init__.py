"""Windows event trace logs (.etl) as captures: what `netsh trace` and `pktmon` write."""
