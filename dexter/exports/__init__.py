"""A session as a file: JSON for programs and for `import`, markdown and a page for people.

`dexter.exports.formats` is the door; it is not opened here, because every command imports the error.
"""
