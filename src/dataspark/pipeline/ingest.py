"""sources → bronze: copy what is new, byte by byte, each content once. Nothing is parsed but the header."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from dataspark.contracts.contract import Contract
from dataspark.contracts.headers import match_header
from dataspark.errors import HeaderError, UsageError
from dataspark.pipeline.ports import Archive, Lake, RawFile, SourceFile

_RAW_ENDINGS = (".csv", ".tsv", ".txt", ".gz", ".zst")
"""What looks like raw data, so that somebody may wonder why it was not read."""


@dataclass
class Ingested:
    """What arrived."""

    archives: dict[str, Archive] = field(default_factory=dict)
    """Table → what bronze holds of it now."""
    new: dict[str, int] = field(default_factory=dict)
    """Table → files with a content that was not there before."""
    notices: list[str] = field(default_factory=list)


def ingest(lake: Lake, contracts: Sequence[Contract]) -> Ingested:
    """Archive every new file of `sources` that belongs to a contract.

    A header that does not fit stops the run before anything is archived: the file stays where it can be mended.

    Raises HeaderError with one line for each such file; UsageError when a file belongs to two tables; StorageError.
    """
    waiting = lake.source_files()
    owners = owners_of(waiting, contracts)
    arrived = Ingested()
    arrived.archives = {contract.name: lake.archive(contract.name) for contract in contracts}
    fresh = {c.name: [f for f in owners[c.name] if is_fresh(f, arrived.archives[c.name])] for c in contracts}
    headers = _headers(lake, contracts, fresh, arrived)
    for contract in contracts:
        archive = arrived.archives[contract.name]
        arrived.new[contract.name] = sum(
            _archive(lake, contract, f, headers[f.name], archive) for f in fresh[contract.name]
        )
        if fresh[contract.name]:
            lake.save_archive(contract.name, archive)
    owned = {file.name for files in owners.values() for file in files}
    if strangers := [f.name for f in waiting if f.name not in owned and f.name.endswith(_RAW_ENDINGS)]:
        arrived.notices.append(f"no contract reads {', '.join(strangers[:5])}{' …' if len(strangers) > 5 else ''}")
    return arrived


def archived(lake: Lake, contracts: Sequence[Contract]) -> Ingested:
    """What bronze holds already; `sources` is not looked at."""
    archives = {contract.name: lake.archive(contract.name) for contract in contracts}
    return Ingested(archives, dict.fromkeys(archives, 0))


def owners_of(waiting: Sequence[SourceFile], contracts: Sequence[Contract]) -> dict[str, list[SourceFile]]:
    """Table → the waiting files that its contract names. Raises UsageError when a file belongs to two tables."""
    owners: dict[str, list[SourceFile]] = {contract.name: [] for contract in contracts}
    for file in waiting:
        names = [c.name for c in contracts if any(fnmatchcase(file.name, pattern) for pattern in c.files)]
        if len(names) > 1:
            raise UsageError(
                f"{file.name} belongs to both `{names[0]}` and `{names[1]}`",
                "make their `files` patterns tell them apart",
            )
        for name in names:
            owners[name].append(file)
    return owners


def is_fresh(file: SourceFile, archive: Archive) -> bool:
    """Whether a waiting file is not the one that was archived under its name."""
    known = archive.seen.get(file.name)
    return known is None or tuple(known[:3]) != file.stamp


def _headers(
    lake: Lake, contracts: Sequence[Contract], fresh: dict[str, list[SourceFile]], arrived: Ingested
) -> dict[str, tuple[str, ...]]:
    headers, wrong = {}, []
    for contract in contracts:
        for file in fresh[contract.name]:
            try:
                header = lake.source_header(file.name, contract.dialect)
                if not header:
                    arrived.notices.append(f"{file.name} is empty")
                headers[file.name] = _fitted(contract, file.name, header, arrived)
            except HeaderError as error:
                wrong.append(error)
    if wrong:
        hints = dict.fromkeys(error.hint for error in wrong)
        raise HeaderError("\n".join(error.message for error in wrong), "; ".join(hints))
    return headers


def _fitted(contract: Contract, file: str, header: tuple[str, ...], arrived: Ingested) -> tuple[str, ...]:
    if not header:
        return header
    names = tuple(column.name for column in contract.columns)
    if not contract.dialect.header:
        if len(header) != len(names):
            raise HeaderError(
                f"{file} has {len(header)} fields in its first line; `{contract.path}` has {len(names)} columns",
                "say `header: true` in the contract's dialect if the first line names the columns",
            )
        return names
    match = match_header(contract, file, header)
    if match.unknown:
        arrived.notices.append(f"{file}: {_listed(match.unknown)} not in the contract, kept out")
    if match.missing:
        arrived.notices.append(f"{file}: {_listed(match.missing)} not in the file, taken as empty")
    return header


def _listed(columns: Sequence[str]) -> str:
    verb = "column" if len(columns) == 1 else "columns"
    return f"{verb} {', '.join(f'`{column}`' for column in columns)}"


def _archive(lake: Lake, contract: Contract, file: SourceFile, header: tuple[str, ...], archive: Archive) -> bool:
    unwanted = frozenset(known.origin for known in archive.files if known.origin)
    copied = lake.copy_in(file, contract.name, contract.dialect, unwanted)
    archive.seen[file.name] = (*file.stamp, copied.sha256)
    if copied.sha256 in unwanted or any(known.sha256 == copied.sha256 for known in archive.files):
        return False
    archive.files.append(
        RawFile(
            number=len(archive.files) + 1,
            name=file.name,
            object=copied.object,
            sha256=copied.sha256,
            size=copied.size,
            header=header,
            lines=copied.lines,
            arrived=datetime.now(UTC).isoformat(timespec="seconds"),
        )
    )
    return True


def take_back(lake: Lake, table: str, archive: Archive, refined: Collection[int]) -> None:
    """Strike the files that were never refined from the archive's list.

    A rule that stops the run must not stop every later one: what is in `sources` then, mended or not, is read anew.
    """
    kept = [file for file in archive.files if file.number in refined]
    known = {file.first_sha256 for file in kept}
    seen = {name: stamp for name, stamp in archive.seen.items() if stamp[3] in known}
    lake.save_archive(table, Archive(kept, seen))
