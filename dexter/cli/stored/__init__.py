"""What the commands on stored sessions do and print."""
