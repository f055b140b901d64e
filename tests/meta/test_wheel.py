"""What is installed has all that it reads."""

from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

PROJECT = Path(__file__).parents[2]


def test_the_wheel_has_every_skill_of_ours() -> None:
    packed = {file.distribution_path for file in WheelBuilder(str(PROJECT)).recurse_included_files()}
    skills = {path.relative_to(PROJECT).as_posix() for path in (PROJECT / "dexter").rglob("SKILL.md")}
    assert len(skills) >= 3
    assert skills <= packed
