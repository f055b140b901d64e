"""A session as a page: one file that needs nothing else, in light and dark, with a search of its own."""

from dexter.exports.page.document import as_page

__all__ = ["as_page"]
