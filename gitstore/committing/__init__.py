"""Who brings into git what was saved: one process at a time, for all, on whatever tip there is."""
