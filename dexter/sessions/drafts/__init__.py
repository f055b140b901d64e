"""Queries while they run: what a crash leaves of one, and how it becomes an exchange."""
