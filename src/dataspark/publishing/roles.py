"""Roles that may read what is published."""

from __future__ import annotations

from collections.abc import Sequence

from dataspark.errors import UsageError
from dataspark.publishing.database import Database
from dataspark.sql.text import name


def existing_roles(database: Database, roles: Sequence[str]) -> tuple[str, ...]:
    """Those of the roles that there are, each once, by name."""
    found = database.rows("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s::text[]) ORDER BY 1", [list(roles)])
    return tuple(role for (role,) in found)


def require_roles(database: Database, roles: Sequence[str], create: bool) -> None:
    """Make the roles that are missing, where that is wanted: they can read, and nobody can log in as them.

    Raises UsageError for one that is missing otherwise.
    """
    there = existing_roles(database, roles)
    for role in dict.fromkeys(roles):
        if role in there:
            continue
        if not create:
            raise UsageError(
                f"{database.place} has no role `{role}`",
                "add --create-role to make it, then GRANT it to those who may read",
            )
        database.run(f"CREATE ROLE {name(role)} NOLOGIN", f"making the role `{role}`")
