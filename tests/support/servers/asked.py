"""What a request asks, whatever the protocol."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """The last query, the tools that may be called, the results since, and how the answer is wanted."""

    query: str
    tools: tuple[str, ...]
    results: tuple[str, ...]
    stream: bool
    model: str
