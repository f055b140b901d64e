"""`make demo`: all questions of a CSV through `dexter --print --json`, kills on the way, then the proof."""

import argparse
import csv
import os
import sys
import tempfile
import time
from pathlib import Path

from demo.asking import Plan, run
from demo.proof import Proof
from tests.support.servers.process import serving

QUESTIONS = Path(__file__).parents[1] / "fixtures" / "questions.csv"


def read_questions(path: Path) -> list[str]:
    """The column `Question` of a CSV file; rows without one are left out."""
    with path.open(newline="", encoding="utf-8") as lines:
        rows = csv.DictReader(lines)
        if "Question" not in (rows.fieldnames or ()):
            raise SystemExit(f"{path} has no column named Question")
        return [question for row in rows if (question := (row["Question"] or "").strip())]


def main() -> int:
    """Run the demonstration; exit code 1 when anything that was acknowledged is not there once."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("csv", nargs="?", type=Path, default=QUESTIONS)
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument(
        "--kill-share", type=float, default=0.4, help="share of the processes that are killed"
    )
    parser.add_argument("--pause", type=float, default=0.02, help="seconds before each piece of an answer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=None, help="only so many questions")
    arguments = parser.parse_args()
    questions = read_questions(arguments.csv)[: arguments.limit]
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="dexter-demo-") as folder,
        serving(pause=arguments.pause) as server,
    ):
        home = Path(folder) / ".dexter"
        environment = dict(os.environ) | {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-demo"}
        plan = Plan(
            questions=questions,
            home=home,
            environment=environment,
            model="openai:demo",
            parallel=arguments.parallel,
            kill_share=arguments.kill_share,
            seed=arguments.seed,
        )
        ledger = run(plan)
        proof = Proof(home, environment)
        rows = [("questions", str(len(questions))), *proof.rows(ledger)]
    rows.append(("seconds", f"{time.monotonic() - began:.1f}"))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")
    problems = proof.problems + [f"never acknowledged: {question}" for question in ledger.failed]
    for problem in problems:
        print(f"PROBLEM  {problem}")
    print("every acknowledged exchange is there once" if not problems else f"{len(problems)} problems")
    return 1 if problems or not ledger.acknowledged else 0


if __name__ == "__main__":
    sys.exit(main())
