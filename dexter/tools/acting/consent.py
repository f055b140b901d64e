"""Whether a tool may do what it is about to do: rules first, then the person at the terminal, once for all.

Owns the question, what was granted for a session, and the sentences of refusals. A chat has one for as long
as it lives, so that a grant outlives a change of the model; a run without a person has one that never asks.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dexter.permissions.deciding import Action, Kind, Verdict, decide
from dexter.permissions.rules import Rule, Rules, RuleUnfit, parse
from dexter.tools.acting.errors import NotAllowed
from dexter.tools.acting.showing import visible
from dexter.tools.person import Person, Question, Shown, TimedPerson

Tell = Callable[[str], None]
"""Shows the user one line while the run goes on."""


@dataclass(frozen=True)
class Proposal:
    """What a tool is about to do.

    `what` names it in a few words, `body` shows all of it, `rule` is the one that would allow it from now on.
    """

    what: str
    body: tuple[Shown, ...]
    rule: Rule | None


class Consent:
    """Decides, and remembers what was decided for this session."""

    def __init__(
        self,
        rules: Rules,
        *,
        person: Person | None = None,
        session: Callable[[], str | None] = lambda: None,
        remember: Callable[[Rule], str | None] | None = None,
    ) -> None:
        """No one has been asked yet.

        Args:
            rules: Of the settings.
            person: Who can be asked, if anybody.
            session: The session that a grant holds for.
            remember: Puts a rule that allows into the settings; returns a sentence if that failed. None where
                nothing is to be stored.
        """
        self.person = TimedPerson(person) if person is not None else None
        self._rules = rules
        self._session = session
        self._remember = remember
        self._granted: set[tuple[str | None, Rule]] = set()

    def waited(self) -> float:
        """Seconds in which the person was asked something, up to now."""
        return self.person.waited if self.person is not None else 0.0

    async def need(
        self, action: Action, proposal: Proposal, tell: Tell, *, floor: str = "", usually: Kind = "ask"
    ) -> None:
        """Return if it may be done.

        Args:
            action: What rules are compared with.
            proposal: What a person gets to see.
            tell: Shows the user a line.
            floor: Why a person has to be asked, whatever the rules say.
            usually: What happens where no rule says anything.

        Raises:
            NotAllowed: If it may not.
        """
        verdict = self._verdict(action, floor, usually)
        if verdict.kind == "ask" and self.person is not None:
            await self._ask(self.person, proposal, verdict, tell)
        elif verdict.kind != "allow":
            why = verdict.reason
            if verdict.kind == "ask":
                why = "a person has to approve it and there is none at a terminal here" + (
                    f" ({why})" if why else ""
                )
            tell(f"{proposal.what}: refused, because {why}.")
            raise NotAllowed(proposal.what, why)

    def _verdict(self, action: Action, floor: str, usually: Kind) -> Verdict:
        session = self._session()
        granted = [rule for where, rule in self._granted if where == session]
        return decide(action, self._rules, floor=floor, granted=granted, usually=usually)

    async def _ask(self, person: Person, proposal: Proposal, verdict: Verdict, tell: Tell) -> None:
        rule = _kept_as_it_is(proposal.rule) if verdict.lasting else None
        choices = ["Yes, this once"]
        if rule is not None:
            choices.append(f"Yes, for this session: {visible(str(rule))}")
            if self._remember is not None:
                choices.append(f"Yes, always: {visible(str(rule))}, kept in the settings")
        choices.append("No")
        body = proposal.body
        if verdict.reason:
            body = (*body, Shown(f"Asked each time, because {visible(verdict.reason)}.", "faint"))
        # What a hasty Enter answers must not be yes.
        answer = await person.ask(
            Question(f"{proposal.what}?", tuple(choices), body=body, first=len(choices) - 1)
        )
        chosen = answer.chosen[0] if answer and answer.chosen else len(choices) - 1
        if chosen == len(choices) - 1:
            raise NotAllowed(proposal.what, "the user said no")
        if rule is not None and chosen >= 1:
            self._granted.add((self._session(), rule))
        if rule is not None and chosen == 2 and self._remember is not None:
            self._rules = self._rules.allowing(rule)
            if trouble := self._remember(rule):
                tell(trouble)


def _kept_as_it_is(rule: Rule | None) -> Rule | None:
    """The rule, if it means the same after it was written to the settings and read again."""
    try:
        return rule if rule is not None and parse(str(rule)) == rule else None
    except RuleUnfit:
        return None
