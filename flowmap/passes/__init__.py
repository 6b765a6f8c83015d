"""Reading the captures of a run once and, if need be, twice, several at a time."""
