"""The layers that the kernel decodes, one file each: the twin, and the kernel's part beside it."""
