"""Releases, quality, quarantine, lineage, traces: what stands behind the rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from dataspark.answers.columnlineage import Lineage, lineage
from dataspark.answers.quality import quality
from dataspark.answers.trace import Tracer, tracer
from dataspark.api import shapes
from dataspark.api.formats import Form, accepts, chosen, not_acceptable
from dataspark.api.masking import Mask, exact_trace, without_paths
from dataspark.api.problems import Kind, Problem
from dataspark.api.replies import Reading, Serving, Stand, Standing, plain_json, require_json
from dataspark.api.routes_tables import (
    ROWS,
    FormatQuery,
    PageStart,
    RowOptions,
    TableName,
    entry_of,
    page_start,
    rows_of,
)
from dataspark.api.rowquery import Asked
from dataspark.errors import UsageError
from dataspark.plan import nearest_name
from dataspark.reader import Reader
from dataspark.rendering.lineage.picture import svg
from dataspark.sql.text import name
from dataspark.tables import Layer, TableRef

router = APIRouter(prefix="/v1", responses={**shapes.PROBLEMS, **shapes.NOT_MODIFIED})
_PAGE = 100
_SVG = "image/svg+xml"
ReleaseName = Annotated[str, Path(examples=["r000001"], max_length=100)]
BareTable = Annotated[str, Path(description="A silver table: `achats`.", examples=["achats"], max_length=200)]


@router.get("/releases", operation_id="list_releases", tags=["releases"], response_model=shapes.ReleaseList)
async def list_releases(
    request: Request, service: Serving, _: Reading, limit: Annotated[int, Query(ge=1, le=1000)] = 20
) -> Response:
    """The releases, newest first."""
    require_json(request)
    found = await service.asking.other(request, lambda: service.workspace.lake.releases(limit))
    return plain_json(request, {"releases": [_release(one, service.newest) for one in reversed(found)]})


@router.get("/releases/{release}", operation_id="get_release", tags=["releases"], response_model=shapes.ReleaseShape)
async def get_release(request: Request, release: ReleaseName, service: Serving, _: Reading) -> Response:
    """One release: which version of each table belongs together."""
    require_json(request)

    def ask() -> Mapping[str, Any]:
        return service.workspace.lake.release(service.require_release(release)) or {}

    return plain_json(request, _release(await service.asking.other(request, ask), service.newest))


def _release(stored: Mapping[str, Any], newest: str | None) -> dict[str, Any]:
    kept = {key: stored[key] for key in ("id", "created", "as_of", "run", "tables") if key in stored}
    return {**kept, "newest": stored["id"] == newest}


@router.get("/quality", operation_id="list_quality", tags=["quality"], response_model=shapes.QualityList)
async def list_quality(request: Request, service: Serving, _: Reading) -> Response:
    """What became of every row, table by table and file by file, as of the last run (released or not)."""
    found = await service.asking.other(request, lambda: quality(service.open_workspace()))
    return plain_json(request, {"tables": [one.as_json() for one in found]})


@router.get(
    "/quality/{table}",
    operation_id="get_quality",
    tags=["quality"],
    responses={200: {"content": {"application/json": {}}}},
)
async def get_quality(request: Request, table: BareTable, service: Serving, _: Reading) -> Response:
    """The same of one table, with the trend of its last runs."""

    def ask() -> dict[str, Any]:
        workspace = service.open_workspace()
        bare = table.lower().removeprefix("silver.").removeprefix("quarantine.")
        names = [one.name for one in workspace.plan.tables]
        if bare not in names:
            raise Problem(
                Kind.UNKNOWN_TABLE, f"no contract describes a table `{table[:80]}`", nearest_name(bare, names)
            )
        return quality(workspace, bare)[0].as_json()

    return plain_json(request, await service.asking.other(request, ask))


@router.get("/quarantine", operation_id="list_quarantine", tags=["quality"], response_model=shapes.QuarantineList)
async def list_quarantine(standing: Standing) -> Response:
    """How many rows each contract turned away, by reason."""
    require_json(standing.request)
    if known := standing.known("application/json"):
        return known
    entries = await standing.entries()
    tables = [one.name for one in entries if one.name.startswith(f"{Layer.QUARANTINE}.")]

    def ask(reader: Reader) -> list[dict[str, Any]]:
        return [_counted(reader, table) for table in tables]

    return standing.json({"release": standing.release, "tables": await standing.ask(ask)})


def _counted(reader: Reader, table: str) -> dict[str, Any]:
    bare = table.partition(".")[2]
    relation = f"{Layer.QUARANTINE}.{name(bare)}"
    reader.columns(table)  # binds it
    reasons = (
        f"SELECT code, count(*) FROM (SELECT unnest(_reasons) AS code FROM {relation}) GROUP BY code ORDER BY 2 DESC, 1"
    )
    rows = reader.own(f"SELECT count(*) FROM {relation}").rows()[0][0]
    return {"table": bare, "rows": rows, "reasons": dict(reader.own(reasons).rows())}


@router.get(
    "/quarantine/{table}", operation_id="read_quarantine", tags=["quality"], responses=ROWS, response_class=Response
)
async def read_quarantine(
    request: Request,
    table: BareTable,
    standing: Standing,
    limit: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
    cursor: Annotated[str | None, Query(max_length=5000)] = None,
    written_form: FormatQuery = None,
) -> Response:
    """Rows that broke their contract, as they came, each with its reasons (`_reasons`), its file's number and its line."""
    form: Form = chosen(request.headers.get("accept", ""), written_form)
    bare = table.lower().removeprefix("quarantine.").removeprefix("silver.")
    start: PageStart = await page_start(standing, f"quarantine.{bare}", RowOptions(cursor=cursor))
    return await rows_of(start, form, Asked(start.table), min(limit or _PAGE, standing.service.settings.row_limit))


@router.get(
    "/lineage/{name}",
    operation_id="get_lineage",
    tags=["lineage"],
    response_class=Response,
    responses={
        200: {
            "description": "The lineage as JSON, or its picture.",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/LineageShape"}},
                _SVG: {"schema": {"type": "string"}},
            },
        }
    },
)
async def get_lineage(
    request: Request,
    name: Annotated[
        str,
        Path(
            description="A table or a column: `kpi_ca_par_pays`, `gold.fact_achats.montant`, `raw.achats.montant`.",
            examples=["kpi_ca_par_pays.ca_total"],
            max_length=300,
        ),
    ],
    service: Serving,
    _: Reading,
    downstream: Annotated[bool, Query(description="What uses it, in place of what it is made from.")] = False,
    written_form: Annotated[str | None, Query(alias="format", description="json or svg.", max_length=20)] = None,
) -> Response:
    """What a column is made from, back to the raw files, or what uses it; by the project's models as they are now."""
    picture = _wants_picture(request.headers.get("accept", ""), written_form)

    def ask() -> Lineage:
        try:
            return lineage(service.open_workspace(), name, downstream)
        except UsageError as error:
            kind = Kind.UNKNOWN_COLUMN if " no column " in error.message else Kind.UNKNOWN_TABLE
            raise Problem(kind, error.message, error.hint) from error

    found = await service.asking.other(request, ask)
    if picture:
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        }
        return Response(svg(found), media_type=_SVG, headers=headers)
    return plain_json(request, without_paths(found.as_json()))


def _wants_picture(accept: str, written_form: str | None) -> bool:
    if written_form is not None:
        if written_form.lower() not in ("json", "svg"):
            raise Problem(Kind.WRONG_FORMAT, f"there is no format `{written_form}` here", "there are: json, svg")
        return written_form.lower() == "svg"
    if accepts(accept, "application/json"):
        return accept.lower().startswith(_SVG)
    if not accepts(accept, _SVG):
        raise not_acceptable(["application/json", _SVG])
    return True


@router.get("/trace/{table}/{key:path}", operation_id="trace", tags=["lineage"], response_model=shapes.TraceShape)
async def trace(
    table: TableName,
    key: Annotated[
        str,
        Path(
            description="A primary key (`1042`), a row's id (`achats:3f2a9c1b:1042`), or of a gold row `column=value`.",
            examples=["France"],
            max_length=500,
        ),
    ],
    standing: Standing,
    limit: Annotated[int, Query(ge=1, le=100, description="Rows that are shown of each table.")] = 5,
) -> Response:
    """The way of a row: its line in a raw file, its verdict, the gold rows that it counts in; of a gold row the way back."""
    require_json(standing.request)
    if known := standing.known("application/json"):
        return known
    entry = await entry_of(standing, table if "." in table else await _traced(standing, table))
    opened: list[Tracer] = []

    def stop() -> None:
        for one in opened:
            one.lineage.session.interrupt()

    def ask() -> dict[str, Any]:
        return _trace(standing, entry.name, key, limit, opened.append)

    return standing.json(await standing.service.asking.other(standing.request, ask, stop))


async def _traced(standing: Standing, table: str) -> str:
    """A bare name is silver's before gold's, as on the command line."""
    silver = f"{Layer.SILVER}.{table.lower()}"
    return silver if any(one.name == silver for one in await standing.entries()) else table


def _trace(standing: Stand, table: str, key: str, limit: int, begun: Callable[[Tracer], None]) -> dict[str, Any]:
    workspace = standing.service.open_workspace()
    with tracer(workspace, standing.release, limit) as opened:
        begun(opened)
        mask = Mask(workspace) if standing.caller.masked else None
        if mask:
            _require_open(opened, mask, TableRef.parse(table), key)
        try:
            told = exact_trace(opened.trace(table, key))
        except UsageError as error:
            if " has no row with " in error.message or "no row of " in error.message:
                raise Problem(Kind.UNKNOWN_ROW, f"{table} of release {standing.release} has no such row") from error
            raise
    return mask.trace(told) if mask else told


def _require_open(opened: Tracer, mask: Mask, table: TableRef, key: str) -> None:
    columns = [column for column, _kind in opened.lineage.columns(table)]
    contracts = opened.workspace.plan.tables if table.layer is not Layer.GOLD else opened.workspace.plan.gold_contracts
    contract = next((one for one in contracts if one.name == table.name), None)
    keys = contract.primary_key if contract and contract.primary_key else tuple(columns[:1])
    named = table.layer is Layer.GOLD and any(
        part.partition("=")[0].strip().lower() in {column.lower() for column in columns} for part in key.split(",")
    )
    mask.require_open_key(table, key, columns, () if named else keys)
