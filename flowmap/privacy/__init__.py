"""What makes a report fit to be shared: addresses and names mapped by a key, or left out."""
