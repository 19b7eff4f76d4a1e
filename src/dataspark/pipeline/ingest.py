"""sources → bronze: copy what is new, byte by byte, each content once. Nothing is parsed but the header."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from dataspark.contracts.contract import Contract
from dataspark.errors import DriftError, HeaderError, UsageError
from dataspark.pipeline.drift import Drift, Looked, look
from dataspark.pipeline.ports import Archive, Copied, Lake, RawFile, SourceFile

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
    drift: list[Drift] = field(default_factory=list)
    """How new files differ from earlier ones, none of which stops a run."""


def ingest(lake: Lake, contracts: Sequence[Contract]) -> Ingested:
    """Archive every new file of `sources` that belongs to a contract.

    A header that does not fit, or a file that is not what the earlier ones were, stops the run before anything is
    archived: the file stays where it can be mended.

    Raises HeaderError with one line for each such file, DriftError with one for each difference that could lose data;
    UsageError when a file belongs to two tables; StorageError.
    """
    waiting = lake.source_files()
    owners = owners_of(waiting, contracts)
    arrived = Ingested()
    arrived.archives = {contract.name: lake.archive(contract.name) for contract in contracts}
    fresh = {c.name: [f for f in owners[c.name] if is_fresh(f, arrived.archives[c.name])] for c in contracts}
    headers = _headers(lake, contracts, fresh, arrived)
    for contract in contracts:
        archive = arrived.archives[contract.name]
        known = {sha for file in archive.files for sha in (file.sha256, file.first_sha256)}
        copied = lake.copy_in(fresh[contract.name], contract.name, contract.dialect, archive.unwanted)
        arrived.new[contract.name] = sum(
            _archive(file, copy, headers[file.name], archive, known)
            for file, copy in zip(fresh[contract.name], copied, strict=True)
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
        names = _nearest([c for c in contracts if any(fnmatchcase(file.name, pattern) for pattern in c.files)])
        if len(names) > 1:
            raise UsageError(
                f"{file.name} belongs to both `{names[0]}` and `{names[1]}`",
                "make their `files` patterns tell them apart",
            )
        for name in names:
            owners[name].append(file)
    return owners


def _nearest(contracts: Sequence[Contract]) -> list[str]:
    """The tables that claim a file; of those that go by their names alone the longest name that it begins with.

    So `client_adresses.csv` belongs to `client_adresses`, though it may be a part of `client`, too.
    """
    named = [contract.name for contract in contracts if contract.files_by_name]
    longest = max(named, key=len, default="")
    return [contract.name for contract in contracts if not contract.files_by_name or contract.name == longest]


def is_fresh(file: SourceFile, archive: Archive) -> bool:
    """Whether a waiting file is not the one that was archived under its name."""
    known = archive.seen.get(file.name)
    return known is None or tuple(known[:3]) != file.stamp


def _headers(
    lake: Lake, contracts: Sequence[Contract], fresh: dict[str, list[SourceFile]], arrived: Ingested
) -> dict[str, tuple[str, ...]]:
    looked = [look(lake, c, fresh[c.name], arrived.archives[c.name]) for c in contracts if fresh[c.name]]
    stop_for(looked)
    for one in looked:
        arrived.drift += one.drifts
        arrived.notices += [f"{name} is empty" for name in one.empty]
    arrived.notices += noticed(arrived.drift)
    return {name: header for one in looked for name, header in one.headers.items()}


def stop_for(looked: Sequence[Looked]) -> None:
    """Raise DriftError or HeaderError, with all of it at once, where a run must not go on."""
    errors = [error for one in looked for error in one.errors]
    drifts = [drift for one in looked for drift in one.drifts]
    stopping = [drift for drift in drifts if drift.stops]
    if not errors and not stopping:
        return
    hints = dict.fromkeys(error.hint for error in errors)
    if not stopping:
        raise HeaderError("\n".join(error.message for error in errors), "; ".join(hints))
    files = len({(drift.table, drift.file) for drift in stopping})
    head = f"{files:,} new file{' is' if files == 1 else 's are'} not what the contract and earlier files say"
    lines = [f"{drift.file}: {drift.message}" for drift in stopping] + [error.message for error in errors]
    ways = dict.fromkeys(f"`{drift.columns[0]}`: {drift.instead}" for drift in stopping if drift.instead)
    raise DriftError(
        "\n  ".join([f"{head}; nothing was archived", *lines]),
        "; ".join([ACCEPTING, *ways, *hints]),
        [drift.as_json() for drift in sorted(drifts, key=lambda drift: not drift.stops)],
        [change for drift in drifts for change in drift.accept],
    )


ACCEPTING = "`dataspark drift` shows what could accept it, `--accept` writes it; or have the file sent as before"


def noticed(drifts: Sequence[Drift]) -> list[str]:
    """What a run says of differences that do not stop it: once for all files that differ alike."""
    files: dict[tuple[str, str], list[str]] = {}
    for drift in drifts:
        files.setdefault((drift.table, drift.message), []).append(drift.file)
    kept_out = {(drift.table, drift.message) for drift in drifts if drift.accept}
    return [
        f"{names[0]}{f' and {len(names) - 1:,} more files' if len(names) > 1 else ''}: {message}"
        + (" (`dataspark drift --kept-out` shows how to take it in)" if (table, message) in kept_out else "")
        for (table, message), names in files.items()
    ]


def _archive(file: SourceFile, copied: Copied, header: tuple[str, ...], archive: Archive, known: set[str]) -> bool:
    """List a file that was copied; `known` has the SHA-256 of every content that was there, and of this one afterwards."""
    archive.seen[file.name] = (*file.stamp, copied.sha256)
    if copied.sha256 in known:
        return False
    known.add(copied.sha256)
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
