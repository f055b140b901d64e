"""Benchmarks: ours beside peers, in one run, with ratios. `make bench ARGS=save` runs one of them."""
