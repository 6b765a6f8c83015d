"""What chance alone gives, and how even a load is."""
