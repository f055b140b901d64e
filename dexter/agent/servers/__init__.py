"""MCP servers: connected when needed, their tools beside ours, each call with consent."""
