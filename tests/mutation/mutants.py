"""The mutants of a module: its source with one thing wrong, each told in a few words."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

_COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">"),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<"),
    ast.GtE: (">", "<"),
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "//", ast.FloorDiv: "*", ast.Mod: "//", ast.Div: "*",
    ast.BitAnd: "|", ast.BitOr: "&", ast.BitXor: "&", ast.LShift: ">>", ast.RShift: "<<",
}  # fmt: skip


class Mutant(NamedTuple):
    """One thing wrong."""

    line: int
    what: str
    source: bytes


def mutants(source: bytes) -> list[Mutant]:
    """Return every mutant of a module that still is Python, by line."""
    found = []
    for node, replacement in _changes(ast.parse(source)):
        start, end = _span(source, node)
        original = source[start:end]
        changed = source[:start] + replacement.encode() + source[end:]
        try:
            ast.parse(changed)
        except SyntaxError:  # e.g. a `break` that is no longer in its loop
            continue
        what = f"{_short(original.decode())}  ->  {_short(replacement)}"
        found.append(Mutant(node.lineno, what, changed))
    return sorted(found, key=lambda mutant: mutant[:2])


def _changes(tree: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    silent = set(_silent(tree))
    for node in ast.walk(tree):
        if node in silent:
            continue
        if isinstance(node, ast.stmt):
            yield from ((node, text) for text in _of_statement(node))
        elif isinstance(node, ast.expr):
            yield from ((node, text) for text in _of_expression(node))
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            yield node.test, f"(not ({ast.unparse(node.test)}))"
        if isinstance(node, ast.comprehension):
            yield from ((test, "True") for test in node.ifs)
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            yield node.type, "()"


def _of_statement(node: ast.stmt) -> Iterator[str]:
    """What may stand instead of a statement: mostly nothing."""
    match node:
        case ast.Expr() | ast.Raise() | ast.AugAssign() | ast.Delete():
            yield "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript() | ast.Tuple()]):
            yield "pass"
        case ast.Break():
            yield "pass"
        case ast.Continue():
            yield "break"
        case ast.Return(value=value) if value is not None and not _is(value, None):
            yield "return None"


def _of_expression(node: ast.expr) -> Iterator[str]:  # noqa: C901  a list
    """What may stand instead of an expression."""
    match node:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            for other in _COMPARISONS[type(operator)]:
                yield f"({ast.unparse(left)} {other} {ast.unparse(right)})"
        case ast.BoolOp(op=operator, values=values):
            word = " or " if isinstance(operator, ast.And) else " and "
            yield "(" + word.join(f"({ast.unparse(value)})" for value in values) + ")"
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _ARITHMETIC:
            if not _is_text(left) and not _is_text(right):
                yield f"(({ast.unparse(left)}) {_ARITHMETIC[type(operator)]} ({ast.unparse(right)}))"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield f"({ast.unparse(operand)})"
        case ast.Constant(value=bool() as value):
            yield str(not value)
        case ast.Constant(value=int() as value):
            yield str(value + 1)
        case ast.Constant(value=bytes() as value) if value:
            yield repr(value + b"?")
        case ast.Constant(value=str() as value) if value:
            yield repr(value + "?")
        case ast.Call(func=ast.Attribute(attr="suppress"), args=[_]):
            yield "contextlib.suppress()"


def _silent(tree: ast.AST) -> Iterator[ast.AST]:  # noqa: C901  a list
    """What says nothing that a test could notice: docstrings, annotations, texts of errors, assertions."""
    for node in ast.walk(tree):
        quiet: list[ast.AST | None] = []
        match node:
            case ast.Expr(value=ast.Constant()):
                quiet = [node]
            case ast.Raise(exc=ast.Call(args=arguments)):
                quiet = list(arguments)
            case ast.Assert() | ast.JoinedStr():
                quiet = [node]
            case ast.AnnAssign(annotation=annotation):
                quiet = [annotation]
            case ast.arg(annotation=annotation):
                quiet = [annotation]
            case ast.FunctionDef(returns=annotation, decorator_list=decorators):
                quiet = [annotation, *decorators]
            case ast.ClassDef(bases=bases, keywords=keywords):
                quiet = [*bases, *keywords]
        for root in quiet:
            if root is not None:
                yield from ast.walk(root)


def _span(source: bytes, node: ast.expr | ast.stmt) -> tuple[int, int]:
    """Where a node stands, in bytes."""
    lines = source.splitlines(keepends=True)
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    return start, sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."


def _is(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    )
