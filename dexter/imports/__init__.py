"""Sessions of other programs, and our own exports, as transcripts that can be saved here.

Nothing here writes: `SessionManager.import_session` takes the transcripts.
"""

from dexter.imports.errors import NotImportable
from dexter.imports.sources import FORMATS, Source, find_sources, read_source
from dexter.imports.values import Reading, Trouble

__all__ = ["FORMATS", "NotImportable", "Reading", "Source", "Trouble", "find_sources", "read_source"]
