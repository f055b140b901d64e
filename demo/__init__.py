"""The demonstration: many questions, many processes, kills on the way, and the proof that nothing is lost."""
