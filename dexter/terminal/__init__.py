"""The terminal: reads what is typed, shows what happens. Imports prompt_toolkit and rich; only cli may too."""
