"""What every report for people says in the same words, whatever its format."""
