"""Which models there are and which one answers; imports no model library."""
