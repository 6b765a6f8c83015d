"""Where the bytes of a capture come from, whatever they are wrapped in: sources that are read forward."""
