"""The tool with which a model asks the user something in the middle of a run."""

from dataclasses import dataclass
from typing import Any

from dexter.tools.acting.showing import visible
from dexter.tools.errors import BadArgument
from dexter.tools.person import Person, Question, Shown
from dexter.tools.registry import Tool

ASK = "ask_user"
MOST_QUESTIONS = 4
CHOICES = (2, 4)
_LONGEST = 300


@dataclass(frozen=True)
class AskedQuestion:
    """One question to the user.

    Attributes:
        question: What is asked, in one sentence.
        choices: 2 to 4 short answers to choose from; the user may also type another one.
        several: Whether more than one may be chosen.
    """

    question: str
    choices: list[str]
    several: bool = False


def asking_tool(person: Person) -> Tool:
    """The tool that asks this person."""

    async def ask_user(questions: list[AskedQuestion]) -> dict[str, Any]:
        """Ask the user 1 to 4 questions with choices, and wait for the answers.

        Only where the answer changes what you do next and can't be found out otherwise: an ambiguous company,
        a period, a method. Never ask for keys or passwords.

        Args:
            questions: The questions, in the order in which they are asked.
        """
        if not 1 <= len(questions) <= MOST_QUESTIONS:
            raise BadArgument("questions", f"has to hold 1 to {MOST_QUESTIONS} questions")
        asked = [_question(each, number, len(questions)) for number, each in enumerate(questions, 1)]
        answers: list[dict[str, Any]] = []
        for each, question in zip(questions, asked, strict=True):
            answer = await person.ask(question)
            if answer is None:
                return {
                    "answers": answers,
                    "declined": each.question,
                    "note": "The user does not want to answer. Go on with what is likeliest, and say so.",
                }
            chosen = [each.choices[at] for at in answer.chosen]
            answers.append(
                {"question": each.question, "chosen": chosen} | ({"own": answer.text} if answer.text else {})
            )
        return {"answers": answers}

    return Tool(ASK, "Asking you", ask_user, special=True, own_time=True, alone=True)


def _question(asked: AskedQuestion, number: int, count: int) -> Question:
    fewest, most = CHOICES
    choices = tuple(visible(choice.strip())[:_LONGEST] for choice in asked.choices)
    if not fewest <= len(choices) <= most or not all(choices) or len(set(choices)) < len(choices):
        raise BadArgument("choices", f"have to be {fewest} to {most} different texts for each question")
    text = visible(asked.question.strip())[:_LONGEST]
    if not text:
        raise BadArgument("question", "is empty")
    which = (Shown(f"Question {number} of {count}", "faint"),) if count > 1 else ()
    return Question(text, choices, body=which, several=asked.several, own_text=True)
