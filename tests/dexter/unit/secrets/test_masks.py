"""What is masked, what is not, and that neither depends on how a text comes."""

import hashlib
import uuid

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from benchmarks.prose import Prose
from dexter.secrets import NONE, WELL_KNOWN, MaskedStream, Masks, counts, find, masked_value, placeholder

LETTERS = "Ab3dEf6hIj9lMn2pQr5tUv8xYz1BcD4fGh7jKl0nOp3rSt6v"
PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB12\n\n"
    "MIIEpAIBAAKCAQEA7bq\nabcd+/==\n-----END RSA PRIVATE KEY-----"
)
JWT = f"eyJ{LETTERS[:20]}.eyJ{LETTERS[:30]}.{LETTERS}"
KNOWN = {
    f"sk-ant-api03-{LETTERS}": "anthropic key",
    f"sk-or-v1-{LETTERS}": "openrouter key",
    f"sk-proj-{LETTERS}": "openai key",
    f"sk-{LETTERS}": "api key",
    f"AIza{LETTERS[:35]}": "google key",
    f"xai-{LETTERS}": "xai key",
    f"gsk_{LETTERS}": "groq key",
    f"pplx-{LETTERS}": "perplexity key",
    f"tvly-dev-{LETTERS[:32]}": "tavily key",
    f"hf_{LETTERS[:34]}": "huggingface token",
    "AKIAIOSFODNN7EXAMPLE": "aws key id",
    "ASIAIOSFODNN7EXAMPLE": "aws key id",
    f"ghp_{LETTERS[:36]}": "github token",
    f"gho_{LETTERS[:36]}": "github token",
    f"github_pat_{LETTERS}": "github token",
    f"glpat-{LETTERS[:20]}": "gitlab token",
    f"xoxb-{LETTERS[:24]}": "slack token",
    f"sk_live_{LETTERS[:24]}": "stripe key",
    f"rk_live_{LETTERS[:24]}": "stripe key",
    f"SG.{LETTERS[:22]}.{LETTERS[:43]}": "sendgrid key",
    JWT: "json web token",
    PEM: "private key",
}
NAMED = {
    f"aws_secret_access_key = {LETTERS[:40]}": ("api key", "aws_secret_access_key = "),
    f"EXA_API_KEY={uuid.uuid5(uuid.NAMESPACE_DNS, 'x')}": ("api key", "EXA_API_KEY="),
    f'"client_secret": "{LETTERS[:30]}"': ("secret", '"client_secret": "'),
    f"access token: {LETTERS}": ("token", "access token: "),
    "password: Hunter2xyz": ("password", "password: "),
    f"Authorization: Bearer {LETTERS}": ("bearer token", "Authorization: Bearer "),
    "postgres://user:hunter2@db.example.com/x": ("password", "postgres://user:"),
}
EXACT = Masks.of(
    {"ACME_API_KEY": "two words, 9 signs", "OTHER_TOKEN": "words, 9 more"}, [r"corp-[a-z]{1,9}\d+"]
)

harmless = st.text(alphabet="aZ9 .,:=\n[]é語\"'\\-_/", max_size=20)
secrets = st.sampled_from([*KNOWN, *NAMED, "two words, 9 signs", "corp-abc12", "words, 9 more"])
texts = st.lists(st.one_of(harmless, secrets, st.just("[masked: openai key]")), max_size=8).map("".join)


@pytest.mark.parametrize("secret", KNOWN)
def test_a_well_known_form_is_masked_and_named(secret: str):
    masked = WELL_KNOWN.mask(f"Use {secret} for it, (or {secret}).\\n")
    assert masked.text == f"Use {placeholder(KNOWN[secret])} for it, (or {placeholder(KNOWN[secret])}).\\n"
    assert counts(masked.findings) == ((KNOWN[secret], 1),)


@pytest.mark.parametrize("secret", KNOWN)
def test_a_key_behind_a_line_end_that_a_tool_escaped_is_masked(secret: str):
    assert secret not in WELL_KNOWN.mask(f'{{"log": "first line\\n{secret}"}}').text


@pytest.mark.parametrize("text", NAMED)
def test_a_value_beside_a_name_that_tells_is_masked_and_the_name_stays(text: str):
    kind, lead = NAMED[text]
    masked = WELL_KNOWN.mask(text)
    assert masked.text.startswith(lead + placeholder(kind))
    assert counts(masked.findings) == ((kind, 1),)


@given(seed=st.integers(0, 10_000), size=st.integers(1, 4_000))
def test_financial_prose_is_left_as_it_is(seed: int, size: int):
    prose = Prose(seed)
    text = f"{prose.question()}\n{prose.text(size)}"
    assert WELL_KNOWN.mask(text) == (text, set())


@given(number=st.integers(0, 2**128 - 1), digits=st.text("0123456789", min_size=18, max_size=18))
def test_identifiers_and_digests_are_no_secrets(number: int, digits: str):
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    text = (
        f"Accession number {digits[:10]}-{digits[10:12]}-{digits[12:18]}, id {uuid.UUID(int=number)}, commit "
        f"{digest[:40]}, sha256:{digest}, CUSIP 037833100, ISIN US0378331005, key: {digest[:7]}, "
        f"https://www.sec.gov/Archives/edgar/data/{digits[:6]}/{digits}/aapl-20230930.htm "
        f"data:image/png;base64,iVBORw0KGgo{LETTERS}+/{LETTERS}== "
        f"token usage: {digits}, key risk-adjusted: 12,345"
    )
    assert WELL_KNOWN.mask(text) == (text, set())


@given(text=texts)
@example(text=f"AKIAIOSFODNN7EXAMPLE-sk-{LETTERS}")
def test_masking_twice_changes_nothing(text: str):
    once = EXACT.mask(text).text
    assert EXACT.mask(once) == (once, set())


@given(value=st.text(min_size=8, max_size=40), text=st.text(max_size=40))
def test_an_exact_value_is_never_left(value: str, text: str):
    masks = Masks.of({"SOME_TOKEN": value})
    for each in masks.exact:
        masked = masks.mask(f"{text}{each.value}{text}").text
        assert each.value not in masked or each.value in text or each.value in placeholder(each.kind)
        assert masks.mask(masked).text == masked


@given(text=texts, cuts=st.lists(st.integers(0, 500), max_size=6))
def test_a_text_in_pieces_is_masked_as_the_whole_is(text: str, cuts: list[int]):
    stream, ready, at = MaskedStream(EXACT), [], 0
    for cut in sorted(cuts):
        ready.append(stream.take(text[at:cut]))
        at = max(at, cut)
    assert "".join([*ready, stream.take(text[at:]), stream.end()]) == EXACT.mask(text).text


@pytest.mark.parametrize("secret", [*KNOWN, *NAMED, "two words, 9 signs", "corp-abc12"])
def test_a_secret_torn_at_any_place_is_masked(secret: str):
    text = f"Before it. {secret} and after"
    for cut in range(len(text)):
        stream = MaskedStream(EXACT)
        parts = [stream.take(text[:cut]), stream.take(text[cut:]), stream.end()]
        assert "".join(parts) == EXACT.mask(text).text


def test_a_stream_holds_back_no_more_than_a_word_of_prose():
    stream = MaskedStream(WELL_KNOWN)
    assert stream.take("The margin was 12%, and the cash fl") == "The margin was 12%, and the cash "
    assert stream.take("ow grew.\n語") == "flow grew.\n語"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_TOKENS", "200000"),
        ("OLLAMA_API_KEY", "ollama"),
        ("APP_SECRET", "changeme"),
        ("SSH_KEY", "/home/someone/.ssh/id"),
        ("EDITOR", "something-long-1"),
        ("X_TOKEN", "short1"),
    ],
)
def test_values_that_could_be_ordinary_text_are_not_masked(name: str, value: str):
    assert Masks.of({name: value}).exact == ()


def test_an_exact_value_is_named_by_its_variable_and_found_as_json_and_addresses_write_it():
    masks = Masks.of({"FINANCIAL_DATASETS_API_KEY": 'a"b c/d-12'})
    for written in ('a"b c/d-12', 'a\\"b c/d-12', "a%22b%20c%2Fd-12"):
        assert masks.mask(f"<{written}>").text == "<[masked: financial datasets key]>"
    assert 'a"b' not in repr(masks)


def test_nothing_is_masked_if_that_is_turned_off():
    text = "".join(KNOWN)
    assert NONE.mask(text) == (text, set())


def test_texts_in_a_value_are_masked_by_their_fields_names_too_and_a_clean_value_is_not_copied():
    found: set[tuple[str, int]] = set()
    value = {"login": {"password": "Hunter2xyz", "user": "me"}, "list": [1, None, f"ghp_{LETTERS[:36]}"]}
    assert masked_value(value, WELL_KNOWN, found) == {
        "login": {"password": "[masked: password]", "user": "me"},
        "list": [1, None, "[masked: github token]"],
    }
    assert counts(found) == (("github token", 1), ("password", 1))
    clean = {"a": [1, {"b": "c"}], "key": "value"}
    assert masked_value(clean, WELL_KNOWN, found) is clean


@given(text=texts)
def test_an_excerpt_never_holds_a_secret(text: str):
    for each in find(text, EXACT):
        assert placeholder(each.kind) in each.excerpt
        assert not any(secret in each.excerpt for secret in KNOWN)
        assert EXACT.mask(each.excerpt).text == each.excerpt
