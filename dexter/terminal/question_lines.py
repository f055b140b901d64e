"""The lines that stay of a question: what was shown with it, and what was answered. Cleaned, and painted."""

from collections.abc import Callable

from dexter.terminal.cleaning import clean, one_line
from dexter.terminal.styles import Paint
from dexter.terminal.widths import wrap
from dexter.tools.person import Answer, Look, Question


def shown(question: Question, width: int, paint: Paint) -> str:
    """The question and all that a person has to see before they answer; nothing is cut."""
    looks: dict[Look, Callable[[str], str]] = {
        "plain": str,
        "added": paint.green,
        "removed": paint.red,
        "faint": paint.dim,
    }
    lines = [paint.bold(line) for line in wrap(f"? {one_line(question.title)}", width)]
    for each in question.body:
        text = clean(each.text, keep_newlines=False)
        lines += [looks[each.look](f"  {part}") for part in wrap(text, max(width - 2, 1))]
    return "".join(f"{line}\n" for line in lines)


def answered(question: Question, answer: Answer | None, width: int, paint: Paint) -> str:
    """What was answered."""
    said = [one_line(question.choices[place]) for place in answer.chosen] if answer else []
    if answer and answer.text:
        said.append(one_line(answer.text))
    text = ", ".join(said) if answer else "no answer" if question.own_text else "No"
    return "".join(f"{paint.dim(line)}\n" for line in wrap(f"  = {text}", width))


def numbered(question: Question) -> list[str]:
    """The choices with their numbers, for a screen without a menu."""
    return [f"  {place}. {one_line(choice)}" for place, choice in enumerate(question.choices, 1)]


def typed_answer(question: Question, typed: str) -> Answer | str | None:
    """What a typed line means: an answer, None for an empty line, or a sentence on what is wrong with it."""
    count = len(question.choices)
    words = typed.replace(",", " ").split()
    if not words:
        return None
    if all(word.isdecimal() and 1 <= int(word) <= count for word in words):
        if len(words) == 1 or question.several:
            return Answer(tuple(sorted({int(word) - 1 for word in words})))
        return "One number, please."
    if question.own_text:
        return Answer(text=clean(typed))
    return f"A number from 1 to {count}, please; nothing but Enter means no."
