"""The forms of well-known keys: a table. Each is looked for by a literal first, which costs very little.

What only looks random is no secret here: hashes, UUIDs and accession numbers look so, too. A value without a
form of its own counts only beside a name that says what it is (`api_key = ...`).
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# Behind a letter or digit no key begins, but behind a line end that a tool wrote as "\n" one does.
_START = r"(?:(?<![A-Za-z0-9_\-])|(?<=\\[nrt]))"
_REST = r"[A-Za-z0-9_\-]"
_DIGIT = r"(?=[A-Za-z_\-]{0,64}[0-9])"
# What is repeated here can end in one way only: "+" tells the matcher, which else tries all in hostile texts.
_GIVEN = r"""[A-Za-z0-9_\-]{0,32}+\\?["']?\s{0,2}+(?::=|=>|==|[:=])\s{0,2}+\\?["']?"""
_VALUE = r"""[^\s"'\\,;&<>()\[\]{}]"""
_LOOKS = rf"(?={_VALUE[:-1]}0-9]{{0,63}}+[0-9])"
_APART = frozenset(["", '"', "'", "\n", "(", "{", ","])
"""What ends a name before the part that the literal begins: seen often, and quicker to see than a pattern."""
_COMMON = b"abcdefghijklmnopqrstuvwxyz0123456789 \n,."
NAMING = "api|access|secret|private|auth|subscription|signing|encryption|client|consumer|service|account"
"""Words before `key` or `token` that tell that its value is one that nobody should see."""


def _behind(end: str = "") -> str:
    """What matches, without a width, behind one of the words and what may stand behind that."""
    words = NAMING.split("|")
    return "|".join(f"(?<={word}{sign}{end})" for sign in ("", r"[_\-. ]") for word in words)


class Form(NamedTuple):
    """How one kind of secret is written.

    `literals` begin every match. `before` looks at what stands in front of that, if it is given. The secret
    is the group of the pattern if it has one, else all of it, and must be `random` enough if that is asked.
    With `before`, what ends a name must not stand so many (`lead`) characters before the literal.
    A text without the `core`, which several forms may share, is not looked through for the literals.
    """

    kind: str
    literals: tuple[str, ...]
    pattern: str
    before: str = ""
    random: bool = False
    core: str = ""
    lead: int = 0


def _key(kind: str, literals: str, rest: str, core: str = "") -> Form:
    return Form(kind, tuple(literals.split()), f"{_START}{rest}", core=core)


FORMS = (
    _key("anthropic key", "sk-ant-", f"sk-ant-{_REST}{{16,}}", "sk-"),
    _key("openrouter key", "sk-or-", f"sk-or-{_REST}{{16,}}", "sk-"),
    _key("openai key", "sk-proj- sk-svcacct- sk-admin-", f"sk-(?:proj|svcacct|admin)-{_REST}{{16,}}", "sk-"),
    _key("api key", "sk-", f"sk-{_DIGIT}{_REST}{{16,}}"),
    _key("google key", "AIza", f"AIza{_REST}{{30,}}"),
    _key("google token", "ya29.", f"ya29\\.{_REST}{{20,}}"),
    _key("google secret", "GOCSPX-", f"GOCSPX-{_REST}{{20,}}"),
    _key("xai key", "xai-", f"xai-{_DIGIT}{_REST}{{20,}}"),
    _key("groq key", "gsk_", "gsk_[A-Za-z0-9]{20,}", "_"),
    _key("perplexity key", "pplx-", "pplx-[A-Za-z0-9]{20,}"),
    _key("tavily key", "tvly-", f"tvly-{_DIGIT}{_REST}{{16,}}"),
    _key("huggingface token", "hf_", "hf_[A-Za-z0-9]{30,}", "_"),
    _key("aws key id", "AKIA ASIA", "A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _key("github token", "ghp_ gho_ ghu_ ghs_ ghr_", "gh[opusr]_[A-Za-z0-9]{30,}", "_"),
    _key("github token", "github_pat_", "github_pat_[A-Za-z0-9_]{30,}", "_"),
    _key("gitlab token", "glpat-", f"glpat-{_REST}{{16,}}"),
    _key(
        "slack token", "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs-", "xox[abeoprs]-[A-Za-z0-9\\-]{10,}", "xox"
    ),
    _key("stripe key", "sk_live_ rk_live_ sk_test_ rk_test_", "[rs]k_(?:live|test)_[A-Za-z0-9]{16,}", "_"),
    _key("webhook secret", "whsec_", "whsec_[A-Za-z0-9+/]{20,}", "_"),
    _key("npm token", "npm_", "npm_[A-Za-z0-9]{30,}", "_"),
    _key("pypi token", "pypi-AgE", f"pypi-AgE{_REST}{{40,}}"),
    _key("sendgrid key", "SG.", f"SG\\.{_REST}{{16,32}}\\.{_REST}{{32,}}"),
    _key("json web token", "eyJ", f"eyJ{_REST}{{8,}}\\.eyJ{_REST}{{8,}}\\.{_REST}{{8,}}"),
    Form(
        "private key",
        ("-----BEGIN ",),
        r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,4}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\[nr])*"
        r"(?:[A-Za-z\-]{1,24}: [^\r\n\\\[]{0,200}(?:\s|\\[nr])+){0,5}"
        r"[A-Za-z0-9+/=\s\\]*(?:-----END [A-Z0-9 ]{1,64}-----)?",
    ),
    Form(
        "password",
        ("://",),
        r"""://[^\s/:@\["'<>\\]{0,128}:([^\s/:@\["'<>\\]{3,256})@(?=[A-Za-z0-9\[])""",
        core="@",
    ),
    Form(
        "bearer token", ("earer ",), rf"earer (?=[A-Za-z._~+/\-]{{0,64}}[0-9])({_VALUE}{{20,}})", "(?<=[Bb])"
    ),
    Form(
        "api key",
        ("key", "Key", "KEY"),
        rf"(?i:key){_GIVEN}({_LOOKS}{_VALUE}{{16,1024}})",
        f"(?i:{_behind()})",
        random=True,
    ),
    Form(
        "token",
        ("oken", "OKEN"),
        rf"(?i:oken){_GIVEN}({_LOOKS}{_VALUE}{{16,1024}})",
        f"(?i:{_behind('t')})",
        random=True,
        lead=1,
    ),
    Form(
        "secret",
        ("ecret", "ECRET"),
        rf"(?i:ecret){_GIVEN}({_LOOKS}{_VALUE}{{16,1024}})",
        "(?<=[Ss])",
        random=True,
    ),
    Form(
        "password",
        ("assw", "ASSW"),
        rf"(?i:assw(?:or)?d|asswort){_GIVEN}({_LOOKS}{_VALUE}{{8,1024}})",
        "(?<=[Pp])",
        random=True,
    ),
)
"""The order is the order in which a kind is named if a text has more than one form at once."""

KINDS = tuple(dict.fromkeys(form.kind for form in FORMS))

Span = tuple[int, int, str]
"""Beginning and end of a secret in a text, and its kind."""


Wanted = tuple[Form, str]
"""A form, and the literal by which it is looked for."""


def present(text: str) -> list[Wanted]:
    """The forms whose literals stand in a text at all: what is to be looked for in it and in parts of it."""
    there: dict[str, bool] = {}
    # Most literals have a sign that prose seldom has: a text without the rest is quickly looked through.
    rare = text.encode("utf-8", "surrogatepass").translate(None, _COMMON)
    return [
        (form, literal)
        for form in FORMS
        if not form.core or there.setdefault(form.core, form.core in text)
        for literal in form.literals
        if literal.encode().translate(None, _COMMON) in rare and literal in text
    ]


def find_forms(text: str, wanted: Iterable[Wanted]) -> Iterator[Span]:
    """Where well-known forms stand in a text; they may overlap."""
    for form, literal in wanted:
        at = text.find(literal)
        if at >= 0:
            yield from _matches(form, literal, text, at)


def _matches(form: Form, literal: str, text: str, at: int) -> Iterator[Span]:
    # Only now, and kept by `re`: most texts have no literal, and most runs of dexter no such text.
    pattern, before = re.compile(form.pattern), re.compile(form.before)
    group = 1 if pattern.groups else 0
    while at >= 0:
        match = None
        name = at - 1 - form.lead
        if not form.before or text[name : name + 1] not in _APART:
            match = pattern.match(text, at)
        end = at + 1
        if (
            match is not None
            and before.match(text, at)
            and (not form.random or _is_random(match[group][:64]))
        ):
            yield *match.span(group), form.kind
            end = match.end()
        at = text.find(literal, end)


def _is_random(value: str) -> bool:
    """Whether no word, path, number or name is written like this; that there is a digit is known."""
    enough = len(set(value)) * 2 > min(len(value), 16) and sum(map(str.isalpha, value)) > 1
    return enough and "://" not in value and not value.startswith(("/", "./", "~/", "$"))
