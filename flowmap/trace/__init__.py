"""Second pass: the packets of the stream-directions of interest, in time order over all members."""
