"""What limited the transfers."""
