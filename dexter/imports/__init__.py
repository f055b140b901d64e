"""Sessions of other programs, and our own exports, as transcripts that can be saved here."""
