"""Who signed what since when, over whole histories; and what is told of histories that were tampered with."""

import subprocess
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gitstore.disk.files import Files
from gitstore.git.refs import SIGNED
from gitstore.objects.objects import ObjectReader
from gitstore.objects.signatures import Form, insert, split, strip
from gitstore.signing import Survey, Verdict, Verified, sign, survey, verify
from gitstore.turns.sealing import Unsigned, forget, unsigned
from tests.support.signing import allowed, by_ssh, configure, fingerprint, needs_ssh, ssh_key
from tests.support.stores import git, judge, open_store, save

MAIL = "test.person@example.invalid"


class Writer:
    """Somebody who saves and signs in a store."""

    def __init__(self, path: Path, key: Path) -> None:
        self.path = path
        self.key = key
        self.number = 0

    def save(self, count: int = 1) -> None:
        with open_store(self.path) as store:
            for _ in range(count):
                self.number += 1
                save(store, "aaaaaaaa", self.number)

    def sign(self, **how: bool) -> str | None:
        signing = by_ssh(self.path, self.key)
        with open_store(self.path) as store:
            done = store.sign(lambda content, who: sign(content, who, signing, ask=False), **how)
        return done.commit if done else None

    def look(self, names: Path | None = None) -> Survey:
        return survey(self.path / ".git", partial(verify, signing=by_ssh(self.path, self.key, names)))

    @property
    def head(self) -> str:
        return git(self.path, "rev-parse", "HEAD").strip()


@pytest.fixture
def ada(tmp_path: Path) -> Writer:
    return Writer(tmp_path / "sessions", ssh_key(tmp_path, "ada"))


def raw(path: Path, content: bytes) -> str:
    """Write a commit as it is; its id."""
    return git(path, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=content).strip()


@needs_ssh
def test_each_who_signed_is_told_with_what_their_signatures_cover(ada: Writer, tmp_path: Path) -> None:
    bob = ssh_key(tmp_path, "bob")
    ada.save(2)
    assert ada.look() == Survey((), 3, 3)
    first = ada.sign()
    assert first is not None
    ada.save(3)
    theirs = Writer(ada.path, bob)
    second = theirs.sign()
    assert second is not None
    ada.number = 5
    ada.save()
    found = ada.look(allowed(tmp_path, (MAIL, ada.key)))
    assert found.problems == ()
    assert (found.commits, found.unsigned) == (9, 1)
    mine, other = found.signers
    times = [float(git(ada.path, "show", "-s", "--format=%ct", each)) for each in (first, second)]
    assert (mine.identity, mine.key, mine.verdict) == (MAIL, fingerprint(ada.key), Verdict.GOOD)
    assert (mine.signatures, mine.covers, mine.after, mine.first, mine.last) == (1, 4, 5, times[0], times[0])
    assert (other.identity, other.key, other.verdict) == (None, fingerprint(bob), Verdict.UNKNOWN_KEY)
    assert (other.signatures, other.covers, other.after, other.first) == (1, 8, 1, times[1])


@needs_ssh
def test_what_a_person_signs_with_git_counts(ada: Writer, tmp_path: Path) -> None:
    ada.save()
    configure(ada.path, gpg_format="ssh", user_signingKey=str(ada.key))
    (ada.path / "note").write_text("mine\n")
    git(ada.path, "add", "note")
    git(ada.path, "commit", "-q", "-S", "-m", "by hand")
    found = ada.look(allowed(tmp_path, (MAIL, ada.key)))
    assert [(each.identity, each.covers) for each in found.signers] == [(MAIL, 3)]
    assert ada.sign() is None


@needs_ssh
def test_a_commit_that_was_altered_after_it_was_signed_is_named(ada: Writer) -> None:
    ada.save()
    tip = ada.sign()
    assert tip is not None
    content, signature = split(ObjectReader(ada.path / ".git").commit(tip))
    assert signature is not None
    forged = raw(ada.path, insert(content.replace(b"signed:", b"sighed:"), signature))
    git(ada.path, "update-ref", "refs/heads/main", forged)
    found = ada.look()
    assert found.signers == ()
    altered, gone = found.problems
    assert (altered.kind, altered.commit) == ("signature", forged)
    assert "altered after it was signed" in altered.reason
    assert (gone.commit, gone.place) == (tip, f".git/{SIGNED}")
    assert (found.commits, found.unsigned) == (3, 3)


@needs_ssh
def test_what_lies_behind_a_signature_cannot_be_rewritten_unseen(ada: Writer) -> None:
    """Whoever alters a commit alters all that come after it: with signatures they fit no more."""
    ada.save(2)
    ada.sign()
    ada.save()
    ada.sign()
    path = ada.path
    order = git(path, "rev-list", "--reverse", "HEAD").split()
    for keeping in (True, False):
        renamed: dict[bytes, bytes] = {}
        new = ""
        for commit in order:
            content = ObjectReader(path / ".git").commit(commit)
            for old, other in renamed.items():
                content = content.replace(b"parent " + old, b"parent " + other)
            content = content.replace(b"What is 1+1?", b"What is 2+2?")
            new = raw(path, content if keeping else strip(content))
            renamed[commit.encode()] = new.encode()
        git(path, "update-ref", "refs/heads/main", new)
        found = ada.look()
        rewritten = [each for each in found.problems if "rewritten below" in each.reason]
        altered = [each for each in found.problems if "altered after" in each.reason]
        assert {each.commit for each in rewritten} == {order[3], order[5]}
        assert len(altered) == (2 if keeping else 0)
        assert len(found.problems) == len(rewritten) + len(altered)
        assert found.unsigned == found.commits == 6


@needs_ssh
def test_a_branch_that_was_set_back_below_a_signature_is_told_until_it_is_signed_again(ada: Writer) -> None:
    ada.save(2)
    tip = ada.sign()
    git(ada.path, "reset", "-q", "--hard", "HEAD~1")
    git(ada.path, "reflog", "expire", "--expire=now", "--all")
    git(ada.path, "gc", "-q", "--prune=now")
    found = ada.look()
    assert [(problem.commit, problem.object) for problem in found.problems] == [(tip, None)]
    assert fingerprint(ada.key) in found.problems[0].reason
    ada.sign(again=True)
    assert ada.look().problems == ()


@needs_ssh
@pytest.mark.parametrize("packed", [False, True])
def test_who_rewrites_history_on_purpose_can_have_the_signature_forgotten(ada: Writer, packed: bool) -> None:
    ada.save(2)
    ada.sign()
    git(ada.path, "tag", "other")
    if packed:
        git(ada.path, "pack-refs", "--all")
        assert not (ada.path / ".git" / SIGNED).exists()
    git(ada.path, "reset", "-q", "--hard", "HEAD~1")
    assert ada.look().problems
    forget(Files(), ada.path / ".git")
    assert ada.look().problems == ()
    assert "refs/tags/other" in git(ada.path, "for-each-ref")
    assert SIGNED not in git(ada.path, "for-each-ref")
    git(ada.path, "fsck", "--strict")
    forget(Files(), ada.path / ".git")


@needs_ssh
def test_a_signature_that_came_with_another_history_is_remembered(ada: Writer, tmp_path: Path) -> None:
    ada.save(2)
    tip = ada.sign()
    other = Writer(tmp_path / "other", ssh_key(tmp_path, "other-key"))
    subprocess.run(["git", "clone", "-q", str(ada.path), str(tmp_path / "other")], check=True)
    ada.save()
    new = ada.sign()
    git(other.path, "fetch", "-q")
    with open_store(other.path) as store:
        save(store, "bbbbbbbb", 1)
        assert new is not None
        store.join(new)
    assert git(other.path, "rev-parse", SIGNED).strip() == other.head
    git(other.path, "reset", "-q", "--hard", str(tip))
    assert [problem.commit for problem in other.look().problems] == [new]


@needs_ssh
def test_two_who_sign_and_join_come_to_one_history_and_an_end(ada: Writer, tmp_path: Path) -> None:
    """What is only a join of signed histories is not signed by itself: nobody would ever be done."""
    ada.save()
    bob = Writer(tmp_path / "bob", ssh_key(tmp_path, "bob-key"))
    subprocess.run(["git", "clone", "-q", str(ada.path), str(bob.path)], check=True)
    ada.save()
    bob.number = 50
    bob.save()
    for each in (ada, bob):
        assert each.sign(merges=False) is not None
    for each, other in ((ada, bob), (bob, ada), (ada, bob), (bob, ada)):
        assert each.sign(merges=False) is None
        git(each.path, "fetch", "-q", str(other.path), "main")
        with open_store(each.path) as store:
            store.join(other.head)
    assert ada.head == bob.head
    assert ada.sign(merges=False) is bob.sign(merges=False) is None
    found = ada.look()
    assert [signer.signatures for signer in found.signers] == [1, 1]
    assert (found.problems, found.unsigned) == ((), 1)
    assert ada.sign() is not None
    for each in (ada, bob):
        judge(each.path)


@needs_ssh
def test_a_shallow_clone_is_looked_at_as_far_as_it_goes(ada: Writer, tmp_path: Path) -> None:
    ada.save(3)
    ada.sign()
    far = f"file://{ada.path}"
    subprocess.run(["git", "clone", "-q", "--depth=2", far, str(tmp_path / "near")], check=True)
    found = Writer(tmp_path / "near", ada.key).look()
    assert (found.commits, found.unsigned, found.problems) == (2, 0, ())


def test_what_is_no_store_has_no_signatures(tmp_path: Path) -> None:
    assert survey(tmp_path / ".git", partial(verify, signing=by_ssh(tmp_path, tmp_path))) == Survey()


PLAIN = (
    b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n%s"
    b"author A <a@x> %d +0000\ncommitter A <a@x> %d +0000\n\nm\n"
)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[tuple[int, ...], str]]:
    """Commits as the numbers of their parents and who signed them; "" is nobody, "bad" does not fit."""
    rows: list[tuple[tuple[int, ...], str]] = []
    for number in range(draw(st.integers(1, 12))):
        above = draw(st.sets(st.integers(0, number - 1), max_size=2)) if number else set()
        rows.append((tuple(sorted(above)), draw(st.sampled_from(["", "", "", "ada", "bob", "bad"]))))
    return rows


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("law") / "store"
    open_store(path).close()
    return path


@example([((), ""), ((0,), "ada"), ((0, 1), "")])
@given(histories())
def test_a_commit_is_covered_by_who_signed_what_has_it_behind_it(
    repository: Path, rows: list[tuple[tuple[int, ...], str]]
) -> None:
    """The oracle asks git: `rev-list` of all that each has signed, within what the branch has."""
    names: list[str] = []
    by: dict[str, list[str]] = {}
    for number, (above, who) in enumerate(rows):
        parents = b"".join(b"parent %s\n" % names[each].encode() for each in above)
        content = PLAIN % (parents, number, number)
        text = b"-----BEGIN SSH SIGNATURE-----\n%s\n" % who.encode()
        names.append(raw(repository, insert(content, text) if who else content))
        by.setdefault(who, []).append(names[-1])
    git(repository, "update-ref", "refs/heads/main", names[-1])
    inside = set(git(repository, "rev-list", names[-1]).split())

    def told(signature: bytes, content: bytes, time: float) -> Verified:
        who = signature.split(b"\n")[1].decode()
        if who == "bad":
            return Verified(Verdict.BAD, Form.SSH, who)
        return Verified(Verdict.GOOD, Form.SSH, who, who, fits=True)

    found = survey(repository / ".git", told)
    covered: set[str] = set()
    for who in ("ada", "bob"):
        signed = [each for each in by.get(who, []) if each in inside]
        behind = set(git(repository, "rev-list", *signed).split()) if signed else set()
        covered |= behind
        told_of = [each for each in found.signers if each.identity == who]
        assert [(each.covers, each.signatures) for each in told_of] == (
            [(len(behind), len(signed))] if signed else []
        )
    assert (found.commits, found.unsigned) == (len(inside), len(inside - covered))
    signed = [each for who in ("ada", "bob", "bad") for each in by.get(who, [])]
    left = git(repository, "rev-list", "--parents", names[-1], "--not", *signed).splitlines()
    new = unsigned(ObjectReader(repository / ".git"), names[-1])
    assert new == Unsigned(len(left), sum(line.count(" ") < 2 for line in left))
    bad = [each for each in by.get("bad", []) if each in inside]
    assert sorted(str(problem.commit) for problem in found.problems) == sorted(bad)
