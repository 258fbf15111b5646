"""Commands that are imported when they are run, so that `--help` and completion don't wait for the whole product."""

from importlib import import_module
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group


class Entry(NamedTuple):
    """A command or group of commands in a list of them.

    target: `module:name` of a function, or of a `typer.Typer` with the commands of a group.
    help: its first line in the list; the same as its own.
    """

    name: str
    target: str
    help: str


class Deferred(TyperCommand):
    """Stands in a list of commands for the one it names."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(entry.name, help=entry.help)
        self._entry = entry

    def load(self) -> TyperCommand | TyperGroup:
        module, _, name = self._entry.target.partition(":")
        target = getattr(import_module(module), name)
        if isinstance(target, typer.Typer):
            return get_group(target)
        alone = typer.Typer(add_completion=False)
        alone.command(self._entry.name)(target)
        command = get_command(alone)
        assert isinstance(command, TyperCommand)
        return command

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """The context of the command itself, which its group then invokes."""
        return self.load().make_context(*args, **extra)


def listed(*entries: Entry) -> type[TyperGroup]:
    """The class of a group with these commands, in this order."""

    class Listed(TyperGroup):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**settings)
            for entry in entries:
                self.add_command(Deferred(entry))

    return Listed
