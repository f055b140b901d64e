"""What happens to a session as one change: its operations, its commit, without secrets."""
