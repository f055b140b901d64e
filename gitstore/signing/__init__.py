"""Signatures of commits, made and verified by the programs that the user's git uses; never while saving.

`Signing` says with what, `sign` makes one (for `Store.sign`), `verify` says what one is worth, and `survey`
who signed what of a history since when.
"""

from gitstore.objects.signatures import Form
from gitstore.signing.making import sign
from gitstore.signing.survey import Signer, Survey, survey
from gitstore.signing.values import Signing, Verdict, Verified
from gitstore.signing.verifying import verify

__all__ = ["Form", "Signer", "Signing", "Survey", "Verdict", "Verified", "sign", "survey", "verify"]
