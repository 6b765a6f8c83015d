"""What one stream-direction did, packet by packet, in the order of time over all members."""
