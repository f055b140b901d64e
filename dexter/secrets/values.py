"""The same for JSON values: each text in them is masked, names of fields included."""

from typing import Any

from dexter.secrets.masks import Findings, Masks

_TELLING = ("key", "token", "secret", "passw")


def masked_value(value: Any, masks: Masks, findings: Findings) -> Any:
    """A JSON value without secrets; what was found is added to `findings`.

    A value without any is returned as it is, not copied. A field that is called `password` tells of its text
    what `password: ...` tells in one.
    """
    if isinstance(value, str):
        masked = masks.mask(value)
        findings.update(masked.findings)
        return masked.text
    if isinstance(value, dict):
        made = {
            masked_value(key, masks, findings): _named(key, item, masks, findings)
            for key, item in value.items()
        }
        return made if any(made.get(key, made) is not item for key, item in value.items()) else value
    if isinstance(value, list | tuple):
        items = [masked_value(item, masks, findings) for item in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def _named(key: Any, value: Any, masks: Masks, findings: Findings) -> Any:
    if isinstance(key, str) and isinstance(value, str):
        name = key.lower()
        if any(word in name for word in _TELLING):
            lead = f"{key}: "
            masked = masks.mask(lead + value)
            if masked.findings and masked.text.startswith(lead):
                findings.update(masked.findings)
                return masked.text[len(lead) :]
    return masked_value(value, masks, findings)
