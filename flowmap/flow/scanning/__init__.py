"""First pass over one capture: its blocks read ahead, counted, and what nobody decodes told."""
