"""What a run needs, put together from options, settings and environment."""
