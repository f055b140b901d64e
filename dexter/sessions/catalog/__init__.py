"""What a list, a count or a search asks: rows derived from the tree, believed once they were looked at."""
