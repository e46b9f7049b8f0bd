"""What staff do: one function for each act, which checks, changes, and puts it on record."""
