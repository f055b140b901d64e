import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def test_every_acknowledged_exchange_is_there_once_although_processes_are_killed() -> None:
    command = [sys.executable, "-m", "demo", "--limit", "4", "--kill-share", "0.5", "--seed", "3"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = dict(line.rsplit("  ", 1) for line in done.stdout.splitlines() if "  " in line)
    found = {name.strip(): value for name, value in rows.items()}
    assert found["questions acknowledged"] == "4"
    assert found["acknowledged exchanges that git has exactly once"] == "4"
    assert int(found["processes killed with SIGKILL"]) > 0
    assert found["git fsck --full --strict"] == found["git status"] == "clean"
    assert "every acknowledged exchange is there once" in done.stdout


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("Answer\n42\n")
    command = [sys.executable, "-m", "demo", str(other)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no column named Question" in done.stderr
