"""Sessions of other programs, and our own exports, as transcripts that can be saved here.

Nothing here writes: `SessionManager.import_session` takes the transcripts. `dexter.imports.sources` is the
door; it is not opened here, because every command imports the error.
"""
