"""All positive roots of a polynomial, however high and sparse, with a proof that none is missed.

Between two neighbouring roots of f there is a root of the derivative of x^-a f (Rolle). With the exponent a
chosen inside a change of sign, that derivative has one change of sign fewer (the step in Laguerre's proof of
Descartes' rule), so as many such steps as there are changes of sign lead to a function that has no root; its
roots' gaps bracket those of the function before, all the way back.
"""

from collections.abc import Sequence
from decimal import Decimal

from dexter.tools.errors import NotComputable
from dexter.tools.finance.precision import ZERO

Terms = Sequence[
    tuple[Decimal, Decimal]
]  # (exponent, coefficient), exponents ascending, coefficients not zero

MOST_SIGN_CHANGES = 8
STEPS = 130
# A function that touches zero without crossing it: its value there is rounding noise of this size at most.
NOISE = Decimal("1e-30")


def positive_roots(
    terms: Sequence[tuple[int, Decimal]], lowest: Decimal, highest: Decimal
) -> tuple[Decimal, ...]:
    """Return the roots of the sum of coefficient x^exponent between `lowest` and `highest`, ascending.

    Source: Laguerre, Sur la théorie des équations numériques (1883), for the bound and the descent.

    Args:
        terms: Pairs of exponent and coefficient, exponents ascending and different.
        lowest: Above zero.
        highest: Above `lowest`.

    Raises:
        NotComputable: More than eight changes of sign.
    """
    kept = [(Decimal(exponent), value) for exponent, value in terms if value != ZERO]
    changes = _sign_changes(kept)
    if len(changes) > MOST_SIGN_CHANGES:
        raise NotComputable(
            f"The cash flows change sign {len(changes)} times: no rate of return means anything"
        )
    return tuple(point.exp() for point in _roots(kept, lowest.ln(), highest.ln()))


def _sign_changes(terms: Terms) -> list[int]:
    """Return the positions before which the sign changes."""
    return [
        index
        for index in range(1, len(terms))
        if terms[index - 1][1].is_signed() != terms[index][1].is_signed()
    ]


def _roots(terms: Terms, low: Decimal, high: Decimal) -> list[Decimal]:
    """Return the logarithms of the roots in between, ascending."""
    changes = _sign_changes(terms)
    if not changes:
        return []
    at = changes[len(changes) // 2]
    middle = (terms[at - 1][0] + terms[at][0]) / 2
    slope = [(exponent, (exponent - middle) * value) for exponent, value in terms]
    turns = _roots(slope, low, high)
    found: list[Decimal] = []
    edges = [low, *turns, high]
    signs = [_sign(terms, edge) for edge in edges]
    for index, edge in enumerate(edges):
        if signs[index] == 0:
            found.append(edge)
        elif index + 1 < len(edges) and signs[index] * signs[index + 1] < 0:
            found.append(_bisected(terms, edge, edges[index + 1], signs[index]))
    return found


def _bisected(terms: Terms, low: Decimal, high: Decimal, sign_low: int) -> Decimal:
    for _ in range(STEPS):
        middle = (low + high) / 2
        sign = _value(terms, middle)[0]
        if sign == ZERO:
            return middle
        if (sign > ZERO) == (sign_low > 0):
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _sign(terms: Terms, logarithm: Decimal) -> int:
    value, size = _value(terms, logarithm)
    if abs(value) <= NOISE * size:
        return 0
    return 1 if value > ZERO else -1


def _value(terms: Terms, logarithm: Decimal) -> tuple[Decimal, Decimal]:
    """Return the function's value over x^(lowest exponent), and the sum of its terms' absolute values."""
    base = logarithm.exp()
    value, size = ZERO, ZERO
    before = terms[-1][0]
    for exponent, coefficient in reversed(terms):
        if (gap := before - exponent) != ZERO:
            power = base if gap == 1 else base**gap
            value, size = value * power, size * power
        value, size = value + coefficient, size + abs(coefficient)
        before = exponent
    return value, size
