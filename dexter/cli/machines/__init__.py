"""Remotes, and sync by hand and in the background."""
