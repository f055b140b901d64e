"""`batch`: files of questions, one session for each row."""
