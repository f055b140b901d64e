"""What was: commits one after the other, what they changed, and what is there no longer."""
