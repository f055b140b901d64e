"""The chat behind the prompt: its loop, its slash commands, and the session that is under way."""
