"""Large packs, of which git's word counts if git fetched them: what it lets pass is found all the same."""

from dataclasses import replace
from pathlib import Path

import pytest

from gitstore.transport import direct, judging
from tests.support.remotes import serve
from tests.support.remotes.copies import bare, given, sound, store, tip, transport
from tests.support.stores import git


@pytest.fixture(autouse=True)
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct, "_LARGE", 0)
    monkeypatch.setattr(judging, "_LARGE", 0)


@pytest.mark.parametrize("name", [".gitmodules", ".GITMODULES ", "gitmod~1"])
@pytest.mark.parametrize(
    ("server", "protocol"), [("folder", "0"), ("folder", "2"), ("http", "0"), ("http", "2")]
)
def test_of_a_large_pack_a_list_of_submodules_that_is_none_is_left_out(
    name: str, server: str, *, protocol: str, way: str, tmp_path: Path
) -> None:
    """Git's `fetch` lets it pass, whatever its settings say, and only names it on the way."""
    settings = tmp_path / "settings"
    settings.write_text(f"[protocol]\nversion = {protocol}\n")
    with serve(server, tmp_path / "served") as plain:
        served = replace(plain, environment={**plain.environment, "GIT_CONFIG_GLOBAL": str(settings)})
        far = bare(served.root / "far.git")
        one = given(store(tmp_path / "one", 1, 2), far)
        entries = git(far, "ls-tree", "main") + f"160000 commit {'1' * 40}\t{name}\n"
        tree = git(far, "mktree", "--missing", stdin=entries.encode()).strip()
        commit = git(far, "commit-tree", tree, "-p", "main", "-m", "spoiled").strip()
        git(far, "update-ref", "refs/heads/main", commit)
        two = store(tmp_path / "two", url=served.url())
        found = transport(two, way, served).fetch("far")
        assert [each.path for each in found.left_out] == [name]
        assert git(two, "rev-parse", f"{found.tip}^").strip() == tip(one)
        sound(two)


@pytest.mark.parametrize("text", ["[core]\n", '[submodule "x"]\n\tpath = x\n\turl = -u./payload\n'])
def test_a_list_of_submodules_in_a_large_pack_is_read(text: str, way: str, tmp_path: Path) -> None:
    with serve("folder", tmp_path / "served") as served:
        far = bare(served.root / "far.git")
        given(store(tmp_path / "one", 1, 2), far)
        blob = git(far, "hash-object", "-w", "--stdin", stdin=text.encode()).strip()
        entries = git(far, "ls-tree", "main") + f"100644 blob {blob}\t.gitmodules\n"
        tree = git(far, "mktree", stdin=entries.encode()).strip()
        commit = git(far, "commit-tree", tree, "-p", "main", "-m", "a list").strip()
        git(far, "update-ref", "refs/heads/main", commit)
        two = store(tmp_path / "two", url=served.url())
        found = transport(two, way, served).fetch("far")
        assert (found.tip == commit) == (found.left_out == ()) == ("payload" not in text)
        sound(two)
