import random
from pathlib import Path

from benchmarks.opening import make_long_session
from dexter.sessions import SessionManager, ToolStep

WORDS = [
    "revenue",
    "margin",
    "growth",
    "cash",
    "flow",
    "debt",
    "equity",
    "filing",
    "the",
    "of",
    "and",
    "to",
    "in",
]


def test_twenty_exchanges_with_large_tool_results_stay_under_five_megabytes(tmp_path: Path) -> None:
    chance = random.Random(7)
    with SessionManager(tmp_path / ".dexter") as manager:
        manager.start_new("offline", "offline")
        for number in range(20):
            result = " ".join(f"{chance.choice(WORDS)} {chance.randrange(10**6)}" for _ in range(4000))
            assert len(result) > 45_000
            manager.save_exchange(
                query=f"What did filing {number} say?",
                answer=" ".join(chance.choices(WORDS, k=400)),
                summary="It grew.",
                model="offline",
                status="complete",
                duration=900,
                token_usage=None,
                steps=[ToolStep(1, "call", "read", {"number": number}, result, ok=True, duration=5)],
            )
    used = sum(path.stat().st_blocks * 512 for path in (tmp_path / ".dexter").rglob("*"))
    assert used < 5_000_000


def test_a_fork_of_a_thousand_exchanges_takes_four_kilobytes_at_most(tmp_path: Path) -> None:
    home = tmp_path / ".dexter"
    chance = random.Random(7)
    origin = make_long_session(home, 1_000, " ".join(chance.choices(WORDS, k=500)))
    objects = home / "sessions" / ".git" / "objects"

    def used() -> int:
        return sum(path.stat().st_size for path in objects.rglob("*") if path.is_file())

    with SessionManager(home) as manager:
        before = used()
        fork = manager.fork(origin)
        assert used() - before < 4_096
        assert len(manager.show(fork.id).exchanges) == 1_000
        assert manager.get(fork.id).exchange_count == 1_000
