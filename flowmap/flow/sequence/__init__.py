"""What the first pass keeps of the sequence numbers of a stream-direction that sits on one member.

Holes, segments sent again, reordering, copies, large frames and a sample of its packets come from here, so that only streams
on several members are read a second time. The state is bounded whatever the capture holds:

*Place.* Positions are 64 bits wide, counted from the first byte seen (`base`), unwrapped against the highest end so far
(`sent`; RFC 9293 section 3.4).

*Holes.* A segment beyond `sent` leaves a hole, with the time at which it opened. A segment below `sent` that fills part of
one soon after was overtaken (RFC 4737); otherwise it was sent again. A sender cannot be further ahead of a hole than the
window, so the oldest of more than MOST_HOLES is closed for good: its bytes are counted, in `MISSING_BINS` bins by position
whose width doubles as need be, and `retired` tells how many there were. What lay below the base is kept too, up to
MOST_EARLY segments and what follows the last one without a gap: it may fill a hole of the capture before this one, and a sender
that goes back at the border of two files of a ring sends its whole window.

*Copies.* A host may record a packet at several of its layers. The latest RECENT packets are remembered by a digest; the same
again within 100 ms (with an IP ID) or 1 ms (without) is a copy. Nothing is remembered of a direction in order: its first
copies are known only as segments sent again, `unsure`, and are what most of the later ones turn out to be.

*Sizes.* Records larger than an Ethernet frame stand for several packets on the wire; how many is told once both SYNs are
known. Their sizes are counted exactly, up to MOST_SIZES different ones; beyond that they are rounded to multiples of 2, 4, 8,
... bytes.

*Sample.* Packets are logged while there is room; then only those in windows of time, see `grid.py`. Windows stand on one
absolute grid, so that data and acknowledgments of one stream agree, whatever files and members they are in.

A state is made for a direction only once there is something to keep, and only where a migration may be (its ports, or all
where all streams are judged). `reference.py` is the meaning, `kernel.pyx` its compiled twin; `kept.py` has what a capture
leaves, `joined.py` puts the pieces of a series together, in any grouping.
"""
