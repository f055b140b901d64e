"""What a model may call: one thin file per group of tools, over `finance` and a search of the sessions."""
