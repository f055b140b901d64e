"""Something is taken out of all history, for good, and it is proved that it is nowhere any more.

`eraser` says what must go, `rewriting` makes the new history, `produced` and `packing` the one pack that
holds all of it, `naming` lets refs name it, `clearing` removes whatever else there was, `proof` looks whether
any of it is left. `operation` is all of that in its order.
"""
