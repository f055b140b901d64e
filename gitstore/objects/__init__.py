"""Git's objects: blobs, trees, commits and packs, as bytes and on the disk."""
