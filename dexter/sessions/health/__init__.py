"""Whether sessions are what their records promise, and what is done where they are not."""
