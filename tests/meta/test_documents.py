import ast
import re
from pathlib import Path

import dexter.sessions

PROJECT = Path(__file__).parents[2]

PUBLIC = {
    "InMemoryChatHistory",
    "SessionExchange",
    "SessionHistory",
    "SessionIndex",
    "SessionManager",
    "SessionMetadata",
    "SessionStore",
    "TokenUsageRecord",
    "generate_session_id",
}


def named_tests() -> list[tuple[str, str]]:
    """The (file, test) pairs in docs/requirements.md; `::test` alone means the file named before it."""
    found, file = [], ""
    for name in re.findall(r"`([\w/.]*::\w+)`", (PROJECT / "docs" / "requirements.md").read_text()):
        path, test = name.split("::")
        file = path or file
        found.append((file, test))
    return found


def test_every_test_that_the_requirements_name_exists() -> None:
    named = named_tests()
    assert len(named) > 60
    for file, test in named:
        source = ast.parse((PROJECT / "tests" / file).read_text())
        defined = {
            node.name for node in ast.walk(source) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert test in defined, f"{file} has no {test}"


def test_every_task_and_requirement_of_the_seed_is_in_the_table() -> None:
    text = (PROJECT / "docs" / "requirements.md").read_text()
    for number in range(1, 29):
        assert f"| T{number:03} |" in text
    for number in range(1, 8):
        assert f"| FR-{number} |" in text


def test_the_public_names_of_sessions_are_those_of_the_seed() -> None:
    assert set(dexter.sessions.__all__) >= PUBLIC
    assert all(getattr(dexter.sessions, name).__doc__ for name in PUBLIC)


def test_links_between_documents_lead_somewhere() -> None:
    for page in [PROJECT / "README.md", *(PROJECT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_target_of_make_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)", (PROJECT / "README.md").read_text()))
    assert named <= targets
