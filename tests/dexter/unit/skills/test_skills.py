"""Skills: what is one, which one counts, and how a model gets to know of them."""

import inspect
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dexter.agent.research import research_tool
from dexter.agent.scope import NOWHERE
from dexter.skills.document import MOST_BYTES, Skill, fields_of, read_skill
from dexter.skills.shelf import OWN, Place, Shelf, find_skills, places
from dexter.skills.telling import listed, shown, skill_tool
from dexter.tools.errors import BadArgument, NotComputable
from dexter.tools.filings.notions import NOTIONS
from dexter.tools.filings.tools import filing_tools
from dexter.tools.finance.ratios import RATIOS
from dexter.tools.registry import Tool, all_tools
from tests.dexter.unit.tools.hits import Finder
from tests.support.sec import edgar_at

GOOD = "---\nname: {name}\ndescription: {description}\n---\n{text}\n"


def write(folder: Path, where: str, content: str | bytes = "", **fields: str) -> Path:
    """A skill in a folder; without content a good one."""
    path = folder / where / "SKILL.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    good = GOOD.format(**{"name": where, "description": f"Does {where}.", "text": "Do it.", **fields})
    path.write_bytes(content if isinstance(content, bytes) else (content or good).encode())
    return path


def shelf_with(*names: str, description: str = "What it is for.") -> Shelf:
    """A shelf with skills of these names."""
    skills = [Skill(name, description, "Do it.", Path(name), "yours") for name in names]
    return Shelf({skill.name: skill for skill in skills})


@pytest.mark.parametrize(
    ("front", "description"),
    [
        ("description: Plain, with: a colon", "Plain, with: a colon"),
        ("description: Plain # a comment", "Plain"),
        ("description: 'It''s quoted # no comment'", "It's quoted # no comment"),
        ('description: "Says \\"this\\"\\nand that"', 'Says "this" and that'),
        ("description: >-\n  Folded\n  over lines", "Folded over lines"),
        ("description: |\n  As\n  it is", "As it is"),
        ("description: begins here\n  and goes on", "begins here and goes on"),
        ("# a comment\n\nlicense: MIT\ndescription: Known\nmetadata:\n  nested: yes\n  - list", "Known"),
    ],
)
def test_front_matter_is_read_as_skills_write_it(tmp_path: Path, front: str, description: str):
    path = write(tmp_path, "a", f"---\nname: a\n{front}\n---\n\n# Title\n\nText.\n")
    skill = read_skill(path, "yours")
    assert (skill.name, skill.description, skill.text) == ("a", description, "# Title\n\nText.")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("name: a\n", "does not begin with front matter"),
        ("---\nname: a\ndescription: b\n", "has no end"),
        ("---\nname: a\nno field\n---\ntext", "a line that is no field: no field"),
        ("---\nname: a\nname: b\n---\ntext", "says name twice"),
        ('---\nname: a\ndescription: "open\n---\ntext', "quoted value without an end"),
        ("---\nname: A B\ndescription: c\n---\ntext", "lower-case letters"),
        ("---\nname: ../a\ndescription: c\n---\ntext", "lower-case letters"),
        ("---\nname: a\n---\ntext", "no description"),
        ("---\nname: a\ndescription: b\n---\n \n", "says nothing"),
        (b"---\nname: a\ndescription: \xff\n---\ntext", "not in UTF-8"),
        (b"---\n" + b"x" * MOST_BYTES, "longer than"),
    ],
)
def test_a_broken_skill_costs_itself_and_a_line(tmp_path: Path, content: str | bytes, reason: str):
    write(tmp_path, "bad", content)
    write(tmp_path, "good")
    shelf = find_skills([Place(tmp_path, "yours")])
    assert list(shelf.skills) == ["good"]
    (trouble,) = shelf.troubles
    assert reason in trouble
    assert str(tmp_path / "bad" / "SKILL.md") in trouble


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: f"---\n{text}".encode()))
def test_any_bytes_are_a_skill_or_none_and_never_a_failure(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
):
    folder = tmp_path_factory.mktemp("skills")
    write(folder, "any", content)
    shelf = find_skills([Place(folder, "yours")])
    assert len(shelf.skills) + len(shelf.troubles) == 1


@given(st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1))
def test_a_quoted_value_comes_back_as_it_was(value: str):
    single = value.replace("'", "''")
    double = value.replace("\\", "\\\\").replace('"', '\\"')
    assert fields_of([f"key: '{single}'"]) == {"key": value}
    assert fields_of([f'key: "{double}"']) == {"key": value}


def test_a_skill_of_a_home_replaces_the_users_and_that_the_one_built_in(tmp_path: Path):
    config, home = tmp_path / "config", tmp_path / ".dexter" / "skills"
    where = places(home, {"XDG_CONFIG_HOME": str(config)})
    assert [place.folder for place in where] == [OWN, config / "dexter" / "skills", home]
    assert find_skills(where).skills["dcf"].origin == "built in"
    write(config / "dexter" / "skills", "dcf")
    assert find_skills(where).skills["dcf"].origin == "yours"
    write(home, "dcf")
    assert find_skills(where).skills["dcf"].origin == "this home"
    write(home, "dcf", "broken")
    shelf = find_skills(where)
    assert shelf.skills["dcf"].origin == "yours"
    assert len(shelf.troubles) == 1


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"HOME": "/home/x"}, "/home/x/.config/dexter/skills"),
        ({"HOME": "/home/x", "XDG_CONFIG_HOME": ""}, "/home/x/.config/dexter/skills"),
        ({"HOME": "/home/x", "XDG_CONFIG_HOME": "relative"}, "/home/x/.config/dexter/skills"),
        ({"HOME": "/home/x", "XDG_CONFIG_HOME": "/etc/own"}, "/etc/own/dexter/skills"),
        ({}, None),
        ({"HOME": "nowhere"}, None),
    ],
)
def test_the_users_skills_are_where_the_environment_says(
    tmp_path: Path, environment: dict[str, str], folder: str | None
):
    between = [str(place.folder) for place in places(tmp_path, environment)[1:-1]]
    assert between == ([folder] if folder else [])


def test_of_two_skills_with_a_name_in_one_place_the_first_folder_counts(tmp_path: Path):
    write(tmp_path, "one", name="same", text="First.")
    write(tmp_path, "two", name="same", text="Second.")
    shelf = find_skills([Place(tmp_path, "yours")])
    assert shelf.skills["same"].text == "First."
    assert "two" in shelf.troubles[0]
    assert "has the name same, too" in shelf.troubles[0]


def test_what_is_no_folder_or_no_file_is_no_skill(tmp_path: Path):
    (tmp_path / "a-file").write_text("text")
    (tmp_path / "empty").mkdir()
    (tmp_path / "folder" / "SKILL.md").mkdir(parents=True)
    assert find_skills([Place(tmp_path, "yours"), Place(tmp_path / "none", "this home")]) == Shelf()


@given(
    st.lists(st.from_regex(r"[a-z]{1,20}", fullmatch=True), unique=True, max_size=60),
    st.text(st.characters(codec="ascii", exclude_categories=["C"]), min_size=1, max_size=300),
    st.integers(0, 3000),
)
def test_the_list_for_the_prompt_has_a_bound_and_names_all_where_there_is_room(
    names: list[str], description: str, most: int
):
    text = listed(shelf_with(*names, description=description), most)
    assert len(text) <= most
    if names and most >= 200 + sum(len(name) + 2 for name in names):
        assert set(names) <= set(re.findall(r"[a-z]+", text))


def test_a_skill_is_given_once_in_a_run(tmp_path: Path):
    write(tmp_path, "own", text="Step one.")
    tool = skill_tool(lambda: find_skills([Place(tmp_path, "yours")]))
    given_first = tool.function(name=" OWN ")
    assert given_first == {"skill": "own", "from": "yours", "instructions": "Step one."}
    with pytest.raises(NotComputable, match="you have the skill own already"):
        tool.function(name="own")
    with pytest.raises(BadArgument, match="there are own"):
        tool.function(name="other")
    with pytest.raises(BadArgument, match="there are no skills"):
        skill_tool(Shelf).function(name="own")


def test_the_users_list_says_where_each_is_from_and_what_is_wrong(tmp_path: Path):
    write(tmp_path, "bad", "broken")
    path = write(tmp_path, "good")
    lines = shown(find_skills([Place(tmp_path, "this home")])).split("\n")
    assert lines[:2] == ["good (this home): Does good.", f"  {path}"]
    assert any("is left out, because it does not begin" in line for line in lines)


def every_tool(tmp_path: Path) -> tuple[Tool, ...]:
    """All tools of a chat."""
    edgar = edgar_at("http://127.0.0.1:9", tmp_path)
    return (
        *all_tools(Finder(), fetching=filing_tools(edgar)),
        skill_tool(Shelf),
        research_tool(())(NOWHERE),
    )


def test_our_own_skills_are_whole_and_name_only_tools_and_arguments_that_there_are(tmp_path: Path):
    shelf = find_skills(places(tmp_path, {}))
    assert list(shelf.skills) == ["comparables", "dcf", "memo"]
    assert not shelf.troubles
    known = {*shelf.skills, "computed", "restated_from"}  # the two are fields of results
    for tool in every_tool(tmp_path):
        known |= {tool.name, *inspect.signature(tool.function).parameters}
    for skill in shelf.skills.values():
        named = re.findall(r"`([a-z_]+)(?:=[^`]*)?`", skill.text)
        assert len(set(named)) >= 5
        assert set(named) <= known, skill.name
        assert "## Sources" in skill.text
        assert "missing" in skill.text.lower()


def test_ratios_and_concepts_that_our_own_skills_name_are_known(tmp_path: Path):
    checked = 0
    for skill in find_skills(places(tmp_path, {})).skills.values():
        text = " ".join(skill.text.split())
        for series in re.findall(r"(?:for each of|`company_figures` for|annual\"`): ?([a-z ,-]+)", text):
            concepts = [
                each.strip().removeprefix("revenue for ") for each in series.split(",") if each.strip()
            ]
            assert set(concepts) <= set(NOTIONS), skill.name
            checked += len(concepts)
        ratios = re.findall(r"\(`financial_ratio`, \"([^\"]+)\"\)", text)
        assert set(ratios) <= set(RATIOS)
        checked += len(ratios)
    assert checked > 20
