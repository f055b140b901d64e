"""Skills: how a kind of task is done well, as texts that a model asks for when it needs one.

A folder each with a SKILL.md: dexter's own lie beside this file.
"""
