"""A financial research agent in the terminal whose memory is a git repository."""

__version__ = "0.1.0"
