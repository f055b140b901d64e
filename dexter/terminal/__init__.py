"""The terminal: reads what is typed, shows what happens. Alone with cli in importing prompt_toolkit and rich."""
