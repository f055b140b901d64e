"""What a session is made of: frozen values, and their lines, files and names on disk."""
