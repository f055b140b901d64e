"""The terminal: reads what is typed, shows what happens. It and cli alone import prompt_toolkit and rich."""
