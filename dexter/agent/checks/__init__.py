"""Where the numbers of an answer come from. Pure."""
