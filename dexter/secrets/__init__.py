"""Keys and passwords in texts: found and replaced by a word that tells what was there.

Pure functions on texts: no disk, no environment, nothing that is remembered between two calls. What is to be
masked is a frozen value, `Masks`, that is handed down to whoever writes.
"""

from dexter.secrets.finding import Found, find
from dexter.secrets.masks import NONE, WELL_KNOWN, Findings, Masked, Masks, counts, placeholder
from dexter.secrets.own import PatternUnfit, check
from dexter.secrets.stream import MaskedStream
from dexter.secrets.values import masked_value

__all__ = [
    "NONE",
    "WELL_KNOWN",
    "Findings",
    "Found",
    "Masked",
    "MaskedStream",
    "Masks",
    "PatternUnfit",
    "check",
    "counts",
    "find",
    "masked_value",
    "placeholder",
]
