"""Two histories of the same records as one, by a rule that needs nobody. Pure."""
