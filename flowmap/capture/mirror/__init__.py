"""Captures of what a switch or hypervisor mirrored to a collector: the sessions are the members, the inner frame is the frame.

`outer` finds the mirror's headers in a block, as columns. `detect` decides by the first packets of a capture whether it is one.
`reader` gives the blocks of such a capture as if each session had been captured by itself.
"""
