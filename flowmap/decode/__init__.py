"""From a frame to the header fields of its innermost TCP segment, or what it is instead.

`kernel.pyx` reads the layers that captures are full of, and `reference.py` says what it means; what the kernel declines,
`rare/` reads frame by frame. A frame never raises: one that cannot be read has the class that says why.
"""
