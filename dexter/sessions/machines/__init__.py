"""Sessions and other machines: remotes, meeting them, and what of it is told."""
