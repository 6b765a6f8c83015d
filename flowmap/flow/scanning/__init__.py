"""First pass over one capture: its blocks read ahead, counted, and what is not decoded noted."""
