"""Lines, tables and moving lines on standard output and standard error."""
