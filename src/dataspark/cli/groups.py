"""Groups of commands: `dataspark quarantine …`, `dataspark alerts …`, `dataspark api …`."""

from __future__ import annotations

from typing import Any, ClassVar

from typer.core import TyperGroup


class _UsualCommand(TyperGroup):
    """A group that one of its commands stands for."""

    usual: ClassVar[str]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the usual command in front of what names no command of the group."""
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = [self.usual, *args]
        return list(super().parse_args(ctx, args))


class ListByDefault(_UsualCommand):
    """`dataspark quarantine achats` is `dataspark quarantine list achats`."""

    usual = "list"


class ServeByDefault(_UsualCommand):
    """`dataspark api --port 9000` is `dataspark api serve --port 9000`."""

    usual = "serve"
