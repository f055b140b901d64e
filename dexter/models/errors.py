"""What can be wrong with the name of a model.

DexterError
└── ModelNotFound          nothing that can answer goes by that name; nothing was changed
    ├── UnknownProvider    the part before the colon is no provider (name, nearest)
    ├── NothingServed      it was named alone, and no server of it with a model answers (name)
    └── UnknownModel       no model of the provider, or of any, has that name (name, provider, nearest)
"""

from dexter.errors import DexterError

# More than these are no guess, but all that there are.
MOST_GUESSES = 3


class ModelNotFound(DexterError):
    """Nothing that can answer goes by that name; `nearest` holds texts that would do, likeliest first."""

    def __init__(self, name: str, nearest: tuple[str, ...]) -> None:
        super().__init__(name, nearest)
        self.name = name
        self.nearest = nearest

    @property
    def sentence(self) -> str:
        """What is wrong and what would be right, for people."""
        return f'There is no model "{self.name}".{_hint(self.nearest)}'


class UnknownProvider(ModelNotFound):
    """The part before the colon is no provider; `nearest` holds the ids of those it may have meant."""

    @property
    def sentence(self) -> str:
        """What is wrong and what would be right, for people."""
        return f'There is no provider "{self.name}".{_hint(self.nearest)}'


class NothingServed(ModelNotFound):
    """A provider was named alone whose models only its server knows, and that has none or does not run."""

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, for people."""
        return f"No server of {self.name} with a model answers: start it, and get a model for it first."


class UnknownModel(ModelNotFound):
    """No model goes by that name; `provider` is its provider's display name, or None if none was named."""

    def __init__(self, name: str, nearest: tuple[str, ...], provider: str | None = None) -> None:
        super().__init__(name, nearest)
        self.provider = provider

    @property
    def sentence(self) -> str:
        """What is wrong and what would be right, for people."""
        if self.provider is None:
            return super().sentence
        return f'{self.provider} has no model "{self.name}".{_hint(self.nearest)}'


def _hint(nearest: tuple[str, ...]) -> str:
    if len(nearest) > MOST_GUESSES:
        return f" There are: {', '.join(nearest)}."
    return f" Did you mean {' or '.join(nearest)}?" if nearest else ""
