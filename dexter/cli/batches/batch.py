"""`batch`: a file of questions, each one exchange in a session of its own, saved the moment it is done.

Results go to stdout as they come, everything else to stderr. What was answered is known from the sessions:
a run after a kill, or on another machine, asks only the rest.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress

from dexter.agent import Event, Memory, Notice
from dexter.asking import Answered, ask
from dexter.cli.asking.equipment import Equipment, equip
from dexter.cli.asking.stopping import Cancellable, Stopping
from dexter.cli.batches.batch_claims import Claims
from dexter.cli.batches.batch_failures import MOST, FailuresInARow
from dexter.cli.batches.batch_progress import BatchProgress
from dexter.cli.batches.batch_text import Result, Tally, result_line, result_of, stopped_line, summary
from dexter.cli.batches.questions import Question, Questions, read_questions
from dexter.cli.machines import background
from dexter.cli.options import Options
from dexter.cli.screen.lines import remark
from dexter.errors import DexterError
from dexter.sessions import SessionManager
from dexter.sessions.records.batches import Row, Standing, key_of, standings

BUSY = 0.2
"""Seconds until a row that another process is asking is looked at again."""


def run_batch(
    options: Options,
    file: str,
    *,
    parallel: int = 1,
    limit: int | None = None,
    name: str | None = None,
    most_failures: int = MOST,
) -> int:
    """Ask the questions of a file that have no complete answer yet.

    Where asking on makes no sense it stops: those under way end as they end, the others are the next run's.
    Ctrl+C and SIGTERM end the run: what is under way is saved as interrupted. After a crash on the way every
    answer that was saved stays, and what was under way is saved as interrupted by the next start.

    Args:
        options: Of this run.
        file: Its path, or `-`.
        parallel: How many are asked at once.
        limit: Only the first so many questions of the file.
        name: What the batch is called; None stands for the file's name.
        most_failures: After so many of the same kind in a row it stops; 0 asks on whatever happens.

    Returns:
        0 if every question has a complete answer; 1 if one has not; the signal's code if one came.

    Raises:
        QuestionsUnreadable: If the file can't be read. Nothing was asked.
        ModelNotFound: If `--model` names nothing that can answer. Nothing was asked.
        HomeUnusable: If the data directory can't be made. Nothing was asked.
        NotSaved: If an exchange can't be saved: then no further one is asked.
    """
    questions = read_questions(file, name)
    if questions.blank:
        remark(f"Rows without a question are left out: {', '.join(questions.blank)}.")
    equipment = equip(options)
    with equipment.sessions, Claims(options.paths) as claims:
        equipment.tell()
        asked = questions.rows[:limit]
        failures = FailuresInARow(most_failures)
        code = asyncio.run(_Batch(equipment, claims, questions, asked, failures).run(parallel))
    background.begin(options, "exit")
    return code


class _Batch:
    """One run over the rows."""

    def __init__(
        self,
        equipment: Equipment,
        claims: Claims,
        questions: Questions,
        rows: tuple[Question, ...],
        failures: FailuresInARow,
    ) -> None:
        self._equipment = equipment
        self._claims = claims
        self._name = questions.name
        self._count = len(rows)
        self._left = deque((row, key_of(questions.name, row.text, row.mark)) for row in rows)
        self._before = 0
        self._results: list[Result] = []
        self._delivered = True
        self._failure: DexterError | None = None
        self._failures = failures
        self._running = _Running()
        self._progress = BatchProgress(self._count)

    async def run(self, parallel: int) -> int:
        began = time.monotonic()
        known = standings(self._equipment.sessions.list_sessions())
        for _ in range(len(self._left)):
            row, key = self._left.popleft()
            if key in known and known[key].complete:
                self._before += 1
            else:
                self._left.append((row, key))
        with Stopping() as stopping, self._progress, ExitStack() as stack:
            stopping.watch(self._running)
            self._progress.before(self._before)
            managers = [
                stack.enter_context(self._equipment.open_sessions())
                for _ in range(min(parallel, len(self._left)))
            ]
            try:
                await asyncio.gather(*map(self._work, managers))
            finally:
                await self._equipment.agent.close()
        if self._failure is not None:
            raise self._failure
        duration = round((time.monotonic() - began) * 1000)
        stopped_by = self._failures.stopped_by
        tally = Tally(
            self._name, self._count, self._before, tuple(self._results), duration, stopped_by=stopped_by
        )
        if stopped_by is not None:
            remark(stopped_line(tally))
        told = summary(tally, as_json=self._equipment.options.json)
        return stopping.exit_code or (0 if tally.complete and told and self._delivered else 1)

    @property
    def _over(self) -> bool:
        """Whether no further question is asked."""
        return self._running.ended or self._failures.stopped_by is not None

    async def _work(self, manager: SessionManager) -> None:
        """Ask what is left, one question after the other."""
        while self._left and not self._over:
            row, key = self._left.popleft()
            if not self._claims.take(key):
                self._left.append((row, key))
                await asyncio.sleep(BUSY)
                continue
            try:
                await self._answer(row, key, manager)
            except DexterError as error:
                # What can't be saved would be paid for again: those under way end, no further one is asked.
                self._failure = self._failure or error
                self._running.cancel()
            finally:
                self._claims.give_back(key)

    async def _answer(self, row: Question, key: str, manager: SessionManager) -> None:
        # Another process may have answered it before the row was ours.
        standing = await asyncio.to_thread(lambda: standings(manager.list_sessions()).get(key))
        if standing is not None and standing.complete:
            self._before += 1
            self._progress.before(self._before)
            return
        await asyncio.to_thread(self._enter, manager, standing, Row(self._name, row.row, key))
        if self._over:
            return
        self._progress.began()
        began = self._failures.place
        try:
            answered = await ask(
                row.text,
                manager=manager,
                agent=self._equipment.agent,
                memory=Memory(),
                show=self._show(row),
                started=self._running.add,
            )
        finally:
            self._progress.ended()
        self._failures.take(answered.outcome, began)
        self._tell(row, answered, manager)

    def _enter(self, manager: SessionManager, standing: Standing | None, row: Row) -> None:
        """Be in the row's session: the one in which it failed before, else a new one."""
        if standing is not None:
            with suppress(DexterError):
                manager.resume(standing.session_id, record=False)
                return
        choice = self._equipment.agent.choice
        manager.start_new(choice.model, choice.provider, batch=row.to_fields())

    def _show(self, row: Question) -> Callable[[Event], None]:
        def show(event: Event) -> None:
            if isinstance(event, Notice):
                self._progress.clear()
                remark(f"Row {row.row}: {event.text}")

        return show

    def _tell(self, row: Question, answered: Answered, manager: SessionManager) -> None:
        self._results.append(result_of(answered.exchange))
        self._progress.clear()
        told = result_line(row, answered, manager, as_json=self._equipment.options.json)
        self._delivered = self._delivered and told
        self._equipment.tell_after(answered)
        if answered.outcome.error:
            remark(f"Row {row.row}: {answered.outcome.error}")
        self._progress.counted(answered.outcome.status)


class _Running:
    """All questions under way, to be cancelled as one."""

    def __init__(self) -> None:
        self.ended = False
        self._runs: list[Cancellable] = []

    def add(self, run: Cancellable) -> None:
        """One more; cancelled at once if the others were."""
        self._runs.append(run)
        if self.ended:
            run.cancel()

    def cancel(self) -> None:
        """End all; those that ended already don't mind."""
        self.ended = True
        for run in self._runs:
            run.cancel()
