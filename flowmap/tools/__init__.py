"""What a command does beside analyzing: a folder a command."""
