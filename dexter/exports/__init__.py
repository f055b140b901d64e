"""A session as a file: JSON for programs and for `import`, markdown and a page for people."""

from dexter.exports.errors import FileRefused
from dexter.exports.formats import FORMATS, format_of, rendered
from dexter.exports.saving import write_new

__all__ = ["FORMATS", "FileRefused", "format_of", "rendered", "write_new"]
