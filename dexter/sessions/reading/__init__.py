"""From the files of a session to its records: what can't be read is told, never taken for nothing."""
