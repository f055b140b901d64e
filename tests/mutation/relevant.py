"""The tests that are run against the mutants of each module: quick ones first."""

_BYTES = "tests/gitstore/property/test_bytes.py"
_GIT = "tests/gitstore/interop/test_with_git.py"
_JOURNALS = "tests/gitstore/crash/test_journals.py"
_EDITS = "tests/gitstore/interop/test_edits.py"
_LEFT = "tests/gitstore/interop/test_left_locks.py"
_ROUND = "tests/gitstore/property/test_round_trips.py"
_PROCESSES = "tests/gitstore/concurrent/test_processes.py"
_CALLS = "tests/gitstore/crash/test_every_call.py"
_UNIT = "tests/gitstore/unit"
_RESTART = "tests/gitstore/crash/test_restart.py"
_POWER = "tests/gitstore/crash/power/test_power_cut.py"
_MERGED = ["tests/gitstore/unit/test_repacking.py", "tests/gitstore/property/test_repacking.py"]
_SOME_OF_GIT = [
    f"{_GIT}::test_{name}"
    for name in (
        "a_users_commit_is_accepted_and_built_upon",
        "with_another_branch_checked_out_ours_moves_and_the_files_stay",
        "what_a_commit_of_an_old_index_undid_is_put_back",
        "a_reader_sees_what_such_a_commit_undid_of_a_turn_that_was_not_noted_as_done",
    )
]
_DEATHS = [f"{_CALLS}::test_death_amid_each_write_loses_nothing_that_was_acknowledged"]
_TURNS = [
    f"{_UNIT}/test_committer.py",
    f"{_UNIT}/test_recovery.py",
    f"{_RESTART}::test_where_the_system_does_not_tell_its_runs_apart_everything_is_flushed",
    _JOURNALS,
    _EDITS,
    _GIT,
    f"--deselect={_GIT}::test_saving_goes_on_while_gits_locks_are_held_and_drains_afterwards",  # it waits
]

TESTS: dict[str, list[str]] = {
    "objects/deltas": [f"{_UNIT}/test_deltas.py", f"{_BYTES}::test_a_delta_makes_its_target"],
    "objects/trees": [
        f"{_UNIT}/test_trees.py",
        f"{_BYTES}::test_a_spliced_tree_is_the_tree_that_is_made_at_once",
        f"{_BYTES}::test_what_differs_between_two_trees_is_found",
        f"{_BYTES}::test_git_makes_the_same_tree",
    ],
    "changes/journal": [
        f"{_UNIT}/test_journal.py",
        _BYTES + "::test_a_journal_gives_back_whole_frames_whatever_tears_its_end",
        _BYTES + "::test_damage_in_the_middle_of_a_journal_costs_what_it_hit",
        _JOURNALS,
    ],
    "git/refs": [f"{_UNIT}/test_refs.py", *_SOME_OF_GIT],
    "git/gitlock": [f"{_UNIT}/test_gitlock.py", _LEFT],
    "changes/pending": [f"{_UNIT}/test_pending.py", _JOURNALS],
    "turns/turns": [f"{_UNIT}/test_turns.py", _RESTART, *_SOME_OF_GIT],
    "objects/packfolder": [f"{_UNIT}/test_packfolder.py", _POWER, *_DEATHS],
    "committing/committer": _TURNS,
    "committing/turning": _TURNS,
    "committing/moving": _TURNS,
    "objects/packs": [
        f"{_UNIT}/test_packs.py",
        _ROUND,
        f"{_BYTES}::test_a_long_copy_is_written_in_pieces_that_git_takes",
        f"{_GIT}::test_git_may_tidy_up_between_two_changes",
        *_DEATHS,
    ],
    "committing/recovery": [f"{_UNIT}/test_recovery.py", _RESTART, _JOURNALS, _POWER, _GIT, *_DEATHS],
    "turns/restart": [_RESTART],
    "objects/batch": [f"{_UNIT}/test_gitlock.py", f"{_UNIT}/test_packfolder.py", _RESTART, *_DEATHS],
    "disk/streams": ["tests/gitstore/property/test_streams.py", f"{_UNIT}/test_repacking.py"],
    "objects/growing": ["tests/gitstore/property/test_streams.py"],
    "disk/checksum": ["tests/gitstore/property/test_checksum.py", _BYTES],
    "objects/repacking": _MERGED,
    "objects/versions": _MERGED,
    "objects/likeness": _MERGED,
    "objects/chains": _MERGED,
}
