"""Answers about one state of the tree, kept on disk beside it and believed once they were looked at."""
