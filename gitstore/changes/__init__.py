"""What is said to change, from the operation to what the journal holds until git has it."""
