"""Plain arithmetic in decimals: a parser of its own, so that no text can ever be run as a program.

    sum      = product (("+" | "-") product)*          100 + 10%  adds ten percent of what stands before
    product  = power (("*" | "/" | "of" | "mod") power)*   2(3+4) multiplies
    power    = sign* atom ("^" power)?                 -2^2 is -4, 2^3^2 is 2^9
    atom     = number "%"? | name "(" sum ("," sum)* ")" | constant | "(" sum ")" "%"?

Owns the grammar and its bounds: length, depth of brackets, size of numbers.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from dexter.tools.errors import BadArgument, NotComputable
from dexter.tools.finance.functions import CONSTANTS, FUNCTIONS
from dexter.tools.finance.precision import HUNDRED, ONE, ZERO, exact
from dexter.tools.numbers import HIGHEST_POWER_OF_TEN, SUFFIXES

LONGEST = 4000
DEEPEST = 60
MOST_DIGITS = 60

TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<grouped>[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]*)?)"
    r"|(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
    r"|(?P<name>[A-Za-z]+)"
    r"|(?P<sign>\*\*|[-+*/^()%,])"
)
CURRENCY_SIGNS = "$€£¥"
SPELLINGS = str.maketrans(
    {
        "\N{MULTIPLICATION SIGN}": "*",
        "\N{MIDDLE DOT}": "*",
        "\N{DOT OPERATOR}": "*",
        "\N{DIVISION SIGN}": "/",
        "\N{DIVISION SLASH}": "/",
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{GREEK SMALL LETTER PI}": " pi ",
        "\N{SQUARE ROOT}": " sqrt ",
    }
    | dict.fromkeys(f"{CURRENCY_SIGNS}\u00a0\u2009\u202f", " ")
)
PLAIN_NUMBER = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
SUFFIX = re.compile(r" ?([A-Za-z]+)")
EXPONENT = re.compile(r"[eE][+-]?[0-9]{1,3}(?![0-9A-Za-z.])")


@dataclass(frozen=True)
class Token:
    """A piece of the expression: its kind (number, name, sign, end), its text, and a number's value."""

    kind: str
    text: str
    value: Decimal = ZERO


@dataclass(frozen=True)
class Operand:
    """A value on the way, and whether it was written in percent."""

    value: Decimal
    percent: bool = False


@exact
def calculated(expression: str) -> Decimal:
    """Return the value of an arithmetic expression, a pure number.

    Source: the usual rules of precedence, ISO 80000-2; percent of pocket calculators: `200 + 10%` is 220.

    Args:
        expression: Numbers (1,000, 3.4bn, 12%), + - * / ^ mod, "x% of y", brackets, sqrt, ln, log, exp, abs,
            round, floor, ceil, min, max, pi, e. Currency signs are ignored. At most 4000 characters, 60
            brackets deep.

    Raises:
        BadArgument: It can't be read.
        NotComputable: A division by zero, a root or logarithm of what has none, or a result that is too
            large.
    """
    parser = _Parser(_tokens(expression))
    result = parser.sum(0)
    parser.expect_end()
    return result.value


def _tokens(expression: str) -> list[Token]:
    if len(expression) > LONGEST:
        raise BadArgument("expression", f"has {len(expression)} characters: at most {LONGEST} are taken")
    if len(set(CURRENCY_SIGNS) & set(expression)) > 1:
        raise BadArgument("expression", "mixes currencies: convert them to one first")
    text = expression.translate(SPELLINGS)
    tokens: list[Token] = []
    calls: list[bool] = []  # of the open brackets, whether they belong to a function
    at = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        # max(100,200) has two numbers, (100,200) has one.
        if match is not None and match.lastgroup == "grouped" and any(calls):
            match = PLAIN_NUMBER.match(text, at)
        if match is None:
            raise BadArgument("expression", f"can't be read at {text[at : at + 20]!r}")
        at = match.end()
        if match.lastgroup in {"number", "grouped"}:
            number, at = _number(text, match)
            tokens.append(Token("number", match.group(), number))
        elif match.lastgroup != "space":
            tokens.append(Token(str(match.lastgroup), match.group().lower().replace("**", "^")))
            if match.group() == "(":
                calls.append(len(tokens) > 1 and tokens[-2].kind == "name")
            elif match.group() == ")" and calls:
                calls.pop()
    return [*tokens, Token("end", "the end")]


def _number(text: str, match: re.Match[str]) -> tuple[Decimal, int]:
    """Return the number with its exponent or suffix, and where it ends."""
    digits = match.group().replace(",", "")
    if len(digits) > MOST_DIGITS:
        raise BadArgument(
            "expression", f"holds a number of {len(digits)} digits: at most {MOST_DIGITS} are taken"
        )
    if exponent := EXPONENT.match(text, match.end()):
        number = Decimal(digits + exponent.group())
        if number and abs(number.adjusted()) > 100 * HIGHEST_POWER_OF_TEN:
            raise BadArgument("expression", f"holds {digits + exponent.group()}, which is too large")
        return number, exponent.end()
    name = SUFFIX.match(text, match.end())
    if name and name.group(1).lower() in SUFFIXES:
        return Decimal(digits).scaleb(SUFFIXES[name.group(1).lower()]), name.end()
    return Decimal(digits), match.end()


class _Parser:
    """Reads the tokens once, from left to right; each method returns the value of what it has read."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _found(self, *texts: str) -> str | None:
        if self._next.kind in {"sign", "name"} and self._next.text in texts:
            return self._take().text
        return None

    def _expect(self, text: str) -> None:
        if self._found(text) is None:
            raise BadArgument("expression", f"misses {text!r} before {self._next.text!r}")

    def expect_end(self) -> None:
        if self._next.kind != "end":
            raise BadArgument("expression", f"can't be read at {self._next.text!r}")

    def sum(self, depth: int) -> Operand:
        if depth > DEEPEST:
            raise BadArgument("expression", f"has more than {DEEPEST} brackets or signs inside each other")
        total = self._product(depth)
        while operator := self._found("+", "-"):
            term = self._product(depth)
            change = term.value
            if term.percent and not total.percent:
                change = total.value * term.value
            total = Operand(
                total.value + (change if operator == "+" else -change), total.percent and term.percent
            )
        return total

    def _product(self, depth: int) -> Operand:
        product = self._power(depth)
        while True:
            if operator := self._found("*", "/", "of", "mod", "x"):
                factor = self._power(depth).value
            elif self._next.text == "(" or self._next.kind == "name":
                operator, factor = "*", self._power(depth).value
            else:
                return product
            product = Operand(_combined(operator, product.value, factor))

    def _power(self, depth: int) -> Operand:
        if depth > DEEPEST:
            raise BadArgument("expression", f"has more than {DEEPEST} brackets or signs inside each other")
        if sign := self._found("-", "+"):
            operand = self._power(depth + 1)
            return Operand(-operand.value if sign == "-" else operand.value, operand.percent)
        base = self._atom(depth)
        if self._found("^"):
            return Operand(_raised(base.value, self._power(depth + 1).value))
        return base

    def _atom(self, depth: int) -> Operand:
        token = self._take()
        if token.kind == "number":
            return self._with_percent(token.value)
        if token.text == "(":
            value = self.sum(depth + 1).value
            self._expect(")")
            return self._with_percent(value)
        if token.text in CONSTANTS:
            return Operand(CONSTANTS[token.text])
        if token.text in FUNCTIONS:
            return Operand(self._called(token.text, depth))
        raise BadArgument("expression", f"can't be read at {token.text!r}")

    def _with_percent(self, value: Decimal) -> Operand:
        if not self._found("%", "percent"):
            return Operand(value)
        # "10 % 3": a remainder in a program, here two numbers with nothing between them.
        if self._next.kind == "number":
            raise BadArgument("expression", "has a number after a percent sign: write mod for a remainder")
        return Operand(value / HUNDRED, percent=True)

    def _called(self, name: str, depth: int) -> Decimal:
        if name == "sqrt" and self._next.kind == "number":
            return FUNCTIONS[name]([self._take().value])
        self._expect("(")
        arguments = [self.sum(depth + 1).value]
        while self._found(","):
            arguments.append(self.sum(depth + 1).value)
        self._expect(")")
        if len(arguments) != 1 and name not in {"min", "max", "round", "log"}:
            raise BadArgument("expression", f"gives {name} {len(arguments)} values instead of one")
        return FUNCTIONS[name](arguments)


def _combined(operator: str, left: Decimal, right: Decimal) -> Decimal:
    if operator in {"/", "mod"} and right == ZERO:
        raise NotComputable("This divides by zero")
    if operator == "mod":
        # As in mathematics, with the divisor's sign: -7 mod 3 is 2.
        return left - right * (left / right).to_integral_value("ROUND_FLOOR")
    return left / right if operator == "/" else left * right


def _raised(base: Decimal, exponent: Decimal) -> Decimal:
    if base == ZERO and exponent <= ZERO:
        if exponent == ZERO:
            return ONE
        raise NotComputable("This divides by zero")
    if base < ZERO and exponent != exponent.to_integral_value():
        raise NotComputable(f"A negative number has no real power with exponent {exponent.normalize():f}")
    return base**exponent
