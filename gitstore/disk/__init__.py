"""Files and their bytes, written, locked, cut and compressed; nothing else changes anything on a disk."""
