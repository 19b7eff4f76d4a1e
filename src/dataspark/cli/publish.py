"""`dataspark publish`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption, QuietOption, ReleaseOption
from dataspark.cli.output import answer, note, paint, say
from dataspark.cli.progress import loading

if TYPE_CHECKING:
    from dataspark.publishing.address import Address
    from dataspark.wiring import Workspace


def publish(
    url: Annotated[
        str | None,
        typer.Argument(
            metavar="[URL]",
            help="postgresql://user@host:5432/database. The password is better in PGPASSWORD or ~/.pgpass.",
            show_default="DATASPARK_POSTGRESQL_URL",
        ),
    ] = None,
    tables: Annotated[
        list[str] | None,
        typer.Option("--tables", metavar="PATTERN", help="Only these: `kpi_*`. Repeatable.", show_default="all gold"),
    ] = None,
    schema: Annotated[
        str | None,
        typer.Option("--schema", metavar="NAME", help="Where the tables go.", show_default="the project's name"),
    ] = None,
    release: ReleaseOption = None,
    unmasked: Annotated[
        bool, typer.Option("--unmasked", help="Publish the values of classified columns, too.")
    ] = False,
    grant_to: Annotated[
        list[str] | None,
        typer.Option(
            "--grant-to",
            metavar="ROLE",
            help="Let a role read all tables, from now on. Repeatable.",
            show_default=False,
        ),
    ] = None,
    create_role: Annotated[
        bool, typer.Option("--create-role", help="Make the roles of --grant-to that are not there.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Load every table, also those that did not change.")] = False,
    wait: Annotated[
        float, typer.Option("--wait", metavar="SECONDS", min=0, help="How long to wait for readers that hold a table.")
    ] = 60,
    status: Annotated[bool, typer.Option("--status", help="Only tell what is published there.")] = False,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Publish a release's gold tables to a PostgreSQL database.

    Readers there see all tables of the release at one moment. Only tables that changed are loaded.
    """
    from dataspark.publishing.address import read_address
    from dataspark.publishing.publish import Wanted, Watch, publish_release
    from dataspark.rendering.publish import published_text
    from dataspark.wiring import open_workspace

    workspace, address = open_workspace(project, profile), read_address(url, os.environ)
    if status:
        _tell_status(workspace, address, schema, as_json)
        return
    wanted = Wanted(tuple(tables or ()), release, schema, unmasked, full, tuple(grant_to or ()), create_role, wait)
    silent = quiet or as_json
    with loading(silent) as told:
        done = publish_release(workspace, address, wanted, Watch(told, _Waiting(silent)))
    if as_json:
        answer(done.as_json())
    else:
        say(published_text(done, paint()))


class _Waiting:
    """Tells once of the readers that are waited for, and again when they are others."""

    def __init__(self, silent: bool) -> None:
        self._silent, self._told = silent, ""

    def __call__(self, holders: str) -> None:
        if holders and holders != self._told and not self._silent:
            note(f"waiting for readers: {holders}")
            self._told = holders


def _tell_status(workspace: Workspace, address: Address, schema: str | None, as_json: bool) -> None:
    from dataspark.errors import UsageError
    from dataspark.publishing.publish import published, schema_of
    from dataspark.rendering.publish import publication_text

    found, called = published(workspace, address, schema), schema_of(workspace, schema)
    if found is None:
        raise UsageError(f"nothing is published in schema `{called}` of {address.shown}", "`dataspark publish URL`")
    newest = (workspace.lake.release() or {}).get("id", "")
    if as_json:
        answer({**found.as_json(), "database": address.shown, "schema": called, "newest_release": newest or None})
    else:
        say(publication_text(found, called, newest, paint()))
