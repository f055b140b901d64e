"""The command line: the only reader of arguments, environment, home and clock."""
