"""The layers that the kernel declines, and the names of what is not decoded."""
