"""The functions and constants that the calculator knows, each on decimals, in the calculator's context."""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType

from dexter.tools.errors import NotComputable
from dexter.tools.finance.precision import ZERO

PI = Decimal("3.1415926535897932384626433832795028841971693993751058")
E = Decimal("2.7182818284590452353602874713526624977572470936999596")


def _root(values: list[Decimal]) -> Decimal:
    if values[0] < ZERO:
        raise NotComputable("A negative number has no real square root")
    return values[0].sqrt()


def _logarithm(values: list[Decimal]) -> Decimal:
    if min(values) <= ZERO:
        raise NotComputable("Only numbers above zero have a logarithm")
    if len(values) == 1:
        return values[0].log10()
    base = values[1].ln()
    if base == ZERO:
        raise NotComputable("A logarithm to base 1 does not exist")
    return values[0].ln() / base


def _natural_logarithm(values: list[Decimal]) -> Decimal:
    if values[0] <= ZERO:
        raise NotComputable("Only numbers above zero have a logarithm")
    return values[0].ln()


def _rounded(values: list[Decimal]) -> Decimal:
    places = int(values[1]) if len(values) > 1 and abs(values[1]) <= 30 else 0
    return (values[0].scaleb(places)).to_integral_value(ROUND_HALF_UP).scaleb(-places)


CONSTANTS: Mapping[str, Decimal] = MappingProxyType({"pi": PI, "e": E})
FUNCTIONS: Mapping[str, Callable[[list[Decimal]], Decimal]] = MappingProxyType(
    {
        "sqrt": _root,
        "ln": _natural_logarithm,
        "log": _logarithm,
        "exp": lambda values: values[0].exp(),
        "abs": lambda values: abs(values[0]),
        "round": _rounded,
        "floor": lambda values: values[0].to_integral_value("ROUND_FLOOR"),
        "ceil": lambda values: values[0].to_integral_value("ROUND_CEILING"),
        "min": min,
        "max": max,
    }
)
