"""The ways to ask: chat, `--print`, pipes."""
