"""`dataspark export`."""

from __future__ import annotations

import codecs
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataspark.cli.options import JsonOption, ProfileOption, ProjectOption, ReleaseOption
from dataspark.cli.output import answer, say
from dataspark.errors import UsageError

if TYPE_CHECKING:
    from dataspark.reader import Reader, Result


class Format(StrEnum):
    """What kind of file."""

    PARQUET = "parquet"
    CSV = "csv"


_OPTIONS = {Format.PARQUET: "FORMAT parquet", Format.CSV: "FORMAT csv, HEADER"}


def export(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="`gold`, `silver`, or one table: `silver.achats`.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Where to write.")] = Path("export"),
    form: Annotated[Format, typer.Option("--format", help="What kind of files.")] = Format.PARQUET,
    release: ReleaseOption = None,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write tables of the newest release as plain files."""
    from dataspark.reader import open_reader

    with open_reader(project, release, profile) as reader:
        written = {}
        for table in _chosen(reader, what):
            written[table] = to / f"{table.removeprefix('gold.').removeprefix('silver.')}.{form.value}"
            write(_rows(reader, table), written[table], _OPTIONS[form])
        number = reader.release.id
    if as_json:
        answer({"release": number, "files": {table: str(path) for table, path in written.items()}})
    else:
        say([*(str(path) for path in written.values()), f"{len(written)} tables of release {number}"])


def _chosen(reader: Reader, what: str) -> list[str]:
    if what.startswith("quarantine"):
        raise UsageError("the quarantine has an export of its own", "dataspark quarantine export TABLE FILE")
    if what in ("gold", "silver"):
        return [table for table in reader.tables() if table.startswith(f"{what}.")]
    return [what if "." in what else f"gold.{what}"]


def _rows(reader: Reader, table: str) -> Result:
    found = reader.table(table)
    if not table.startswith("silver."):
        return found
    return reader.sql(f"SELECT * EXCLUDE (_file, _line) FROM {table}")


def write(rows: Result, target: Path, options: str, spreadsheet: bool = False) -> None:
    """Write rows to a file that gets its name when it is whole. Raises StorageError.

    For a `spreadsheet` it begins with a byte order mark, without which some take UTF-8 for something else.
    """
    from dataspark.lake.storage import storage_errors

    partial = target.with_name(f".{target.name}.partial")
    with storage_errors(f"writing {target}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            rows.write(partial, options)
            if spreadsheet:
                partial.write_bytes(codecs.BOM_UTF8 + partial.read_bytes())
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
