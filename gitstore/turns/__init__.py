"""The writing of one turn: objects, packs and the work tree, and what a death on the way leaves."""
