"""Sessions, exchanges and texts are taken out of all history, on every machine.

`records` say what was purged, and lie in the tree, so that every machine learns it. `erasing` is the rule
that follows from them: what is left of files and messages; `remaining` of a session, `texts` of what is
written. `seeking` finds what there is to purge, `purge` does it here, `beside` in what lies beside the
repository, `afar` in a remote.
"""
