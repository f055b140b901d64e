"""Groups of commands, of which each command is put together when it is named.

For that typer looks through the function of the command; through all of ours that takes 15 ms.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

from dexter.cli.parameters import SETTINGS

_Function = TypeVar("_Function", bound=Callable[..., object])


class Group:
    """A group of commands, as its modules declare it.

    Args:
        settings: What `typer.Typer` takes besides that which all groups have.
    """

    def __init__(self, **settings: Any) -> None:
        self._typer = typer.Typer(**SETTINGS, **settings, cls=_Group)
        self._makers: dict[str, Callable[[], Any]] = {}
        self.callback = self._typer.callback

    def command(self, name: str, *, hidden: bool = False) -> Callable[[_Function], _Function]:
        """Make a function a command of this group; it stays what it is."""

        def declare(function: _Function) -> _Function:
            def make() -> Any:
                alone = typer.Typer(**SETTINGS)
                alone.command(name, hidden=hidden)(function)
                return get_command(alone)

            self._makers[name] = make
            return function

        return declare

    def add(self, name: str, find: Callable[[], "Group"], *, hidden: bool = False) -> None:
        """Put another group, which is found when it is named, into this one."""

        def make() -> TyperGroup:
            group = find().made(name)
            group.hidden = hidden
            return group

        self._makers[name] = make

    def made(self, name: str) -> TyperGroup:
        """The group as it can be called."""
        group = get_group(self._typer)
        assert isinstance(group, _Group)  # noqa: S101  so it was asked for
        group.name, group.makers = name, self._makers
        return group


class _Group(TyperGroup):
    """Makes a command when it is looked up, and all of them where it is asked what there is."""

    makers: dict[str, Callable[[], Any]]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        # One that there is not is told beside those that it looks like.
        for name in (cmd_name,) if cmd_name in self.makers else self.makers:
            if name not in self.commands:
                self.commands[name] = self.makers[name]()
        return super().get_command(ctx, cmd_name)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  typer hands it in
        return list(self.makers)
