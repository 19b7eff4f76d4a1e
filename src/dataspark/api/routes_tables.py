"""Tables, rows, KPIs, SQL: what a release holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from dataspark.answers.catalogue import TableEntry
from dataspark.api import shapes
from dataspark.api.cursors import Place, fits, question_of, seal, unseal
from dataspark.api.formats import MEDIA_TYPES, Fetched, Form, chosen, fetch
from dataspark.api.problems import Kind, Problem
from dataspark.api.replies import Stand, Standing, require_json, stand, written
from dataspark.api.rowquery import OPERATORS, Asked, RowQuery
from dataspark.plan import nearest_name
from dataspark.reader import Reader
from dataspark.tables import Layer, TableRef

router = APIRouter(prefix="/v1", responses={**shapes.PROBLEMS, **shapes.NOT_MODIFIED})
_PAGE = 100
_LONGEST_VALUE = 1_000_000
"""Bytes of a text, values of a list: a query could make one of gigabytes."""
TableName = Annotated[
    str,
    Path(
        description="`kpi_ca_par_pays`, `gold.kpi_ca_par_pays`, `silver.achats`.",
        examples=["kpi_ca_par_pays"],
        max_length=200,
    ),
]
FormatQuery = Annotated[
    str | None,
    Query(alias="format", description=f"In place of `Accept`: {', '.join(Form)}.", examples=["csv"], max_length=20),
]
ROWS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Rows, in the form that `Accept` or `format` names.",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Rows"}},
            **{media: {"schema": {"type": "string"}} for form, media in MEDIA_TYPES.items() if form is not Form.JSON},
        },
        "headers": {
            "ETag": {"schema": {"type": "string"}},
            "Link": {"schema": {"type": "string"}, "description": "The next page, where there is one."},
        },
    }
}


@router.get("/tables", operation_id="list_tables", tags=["tables"], response_model=shapes.TableList)
async def list_tables(standing: Standing) -> Response:
    """The catalogue: the tables of a release, gold first."""
    require_json(standing.request)
    if known := standing.known("application/json"):
        return known
    entries = await standing.entries()
    tables = [
        {"name": one.name, "description": one.description, "rows": one.rows, "columns": len(one.columns)}
        for one in entries
    ]
    return standing.json({"release": standing.release, "tables": tables})


@router.get("/tables/{table}", operation_id="get_table", tags=["tables"], response_model=shapes.TableShape)
async def get_table(table: TableName, standing: Standing) -> Response:
    """One table: columns, types, keys, descriptions, what it is made from and who reads it."""
    require_json(standing.request)
    entry = await entry_of(standing, table)
    if known := standing.known("application/json"):
        return known
    told = entry.as_json()
    return standing.json(
        {"release": standing.release, **{k: v for k, v in told.items() if k not in ("sql", "path", "version")}}
    )


@dataclass(frozen=True)
class RowOptions:
    """Which rows of a table."""

    columns: Annotated[
        str | None, Query(description="Only these, by commas.", examples=["pays,ca_total"], max_length=4000)
    ] = None
    filter: Annotated[
        list[str] | None,
        Query(
            description=f"COLUMN:OPERATOR:VALUE, may be repeated (all must hold). Operators: {', '.join(OPERATORS)}; "
            "`in` takes values separated by |, `null` true or false.",
            examples=[["ca_total:gte:1000"]],
        ),
    ] = None
    sort: Annotated[
        str | None,
        Query(
            description="Columns by commas; `-` in front goes down. NULL is last.",
            examples=["-ca_total"],
            max_length=1000,
        ),
    ] = None
    limit: Annotated[int | None, Query(ge=1, le=1_000_000, description="Rows of a page; the server has a most.")] = None
    cursor: Annotated[
        str | None, Query(description="`next` of the page before. It stays in its release.", max_length=5000)
    ] = None

    def asked(self, table: str) -> Asked:
        """The same without the page."""
        return Asked(
            table,
            tuple((self.columns or "").split(",")) if self.columns else (),
            tuple(self.filter or ()),
            self.sort or "",
        )


@router.get("/tables/{table}/rows", operation_id="read_rows", tags=["tables"], responses=ROWS, response_class=Response)
async def read_rows(
    request: Request,
    table: TableName,
    standing: Standing,
    options: Annotated[RowOptions, Depends()],
    written_form: FormatQuery = None,
) -> Response:
    """Rows of a table, page by page."""
    found = await page_start(standing, table, options)
    form = chosen(request.headers.get("accept", ""), written_form)
    limit = min(options.limit or _PAGE, standing.service.settings.row_limit)
    return await rows_of(found, form, options.asked(found.table), limit)


@router.get("/kpis", operation_id="list_kpis", tags=["kpis"], response_model=shapes.TableList)
async def list_kpis(standing: Standing) -> Response:
    """The KPIs: gold tables that are called `kpi_…`."""
    require_json(standing.request)
    if known := standing.known("application/json"):
        return known
    entries = await standing.entries()
    kpis = [
        {"name": one.name, "description": one.description, "rows": one.rows, "columns": len(one.columns)}
        for one in entries
        if one.name.startswith("gold.kpi_")
    ]
    return standing.json({"release": standing.release, "tables": kpis})


@router.get("/kpis/{kpi}", operation_id="get_kpi", tags=["kpis"], responses=ROWS, response_class=Response)
async def get_kpi(
    request: Request,
    kpi: Annotated[str, Path(description="With or without `kpi_`.", examples=["ca_par_pays"], max_length=200)],
    standing: Standing,
    written_form: FormatQuery = None,
) -> Response:
    """A KPI, whole as far as the server's limit of rows goes."""
    form = chosen(request.headers.get("accept", ""), written_form)
    entry = await entry_of(standing, f"gold.kpi_{kpi.lower().removeprefix('gold.').removeprefix('kpi_')}")
    found = PageStart(standing, entry.name)
    return await rows_of(found, form, Asked(entry.name), standing.service.settings.row_limit)


@router.post("/sql", operation_id="query", tags=["sql"], responses=ROWS, response_class=Response)
async def query(
    request: Request, question: shapes.Query, standing: Standing, written_form: FormatQuery = None
) -> Response:
    """One SELECT over the tables of a release: no file, no network, no setting is in its reach."""
    form = chosen(request.headers.get("accept", ""), written_form)
    most = standing.service.settings.row_limit
    limit = min(question.limit or most, most)

    def ask(reader: Reader) -> tuple[Fetched, list[tuple[str, str]]]:
        result = reader.sql(question.sql).bounded(_LONGEST_VALUE)
        return fetch(result, form, limit, 0), list(zip(result.columns, result.types, strict=True))

    fetched, columns = await standing.ask(ask)
    head = {"release": standing.release, "table": None, "columns": _types(columns), "masked": []}
    content = _around(head, fetched, None) if form is Form.JSON else fetched.content
    headers = {"Cache-Control": "no-store", "X-DataSpark-Release": standing.release}
    return Response(content, 200, headers, form.media_type)


@dataclass(frozen=True)
class PageStart:
    """Where a page begins."""

    stand: Stand
    table: str
    place: Place | None = None


async def page_start(standing: Stand, table: str, options: RowOptions) -> PageStart:
    """The table and the place that a cursor names; a cursor stays in its release. Raises Problem."""
    place = None
    if options.cursor:
        asked = options.asked(table_name(table))
        question = question_of(asked.table, asked.sort, list(asked.filters), standing.caller.masked)
        named = standing.release if standing.request.query_params.get("release") else None
        place = unseal(standing.service.secret, options.cursor, question, named)
        if place.release != standing.release:
            standing = await stand(standing.request, standing.service, standing.caller, place.release)
    entry = await entry_of(standing, table)
    return PageStart(standing, entry.name, place)


async def rows_of(start: PageStart, form: Form, asked: Asked, limit: int) -> Response:
    """A page of rows."""
    standing = start.stand
    if known := standing.known(form.media_type):
        return known

    def ask(reader: Reader) -> tuple[Fetched, list[tuple[str, str]], list[str]]:
        rows = RowQuery(reader, asked)
        fetched = fetch(reader.own(rows.sql(start.place)), form, limit, rows.hidden)
        hidden = reader.masked(asked.table)
        return fetched, [(one, rows.types[one]) for one in rows.shown], [one for one in rows.shown if one in hidden]

    fetched, columns, masked = await standing.ask(ask)
    cursor = _next(start, asked, fetched)
    head = {"release": standing.release, "table": asked.table, "columns": _types(columns), "masked": masked}
    content = _around(head, fetched, cursor) if form is Form.JSON else fetched.content
    return standing.answer(content, form.media_type, _link(standing, start.table, cursor))


def _types(columns: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in columns]


def _around(head: dict[str, Any], fetched: Fetched, cursor: str | None) -> bytes:
    """Rows that are JSON already, in their object."""
    return written(head)[:-1] + b',"rows":' + fetched.content + b',"next":' + written(cursor) + b"}"


def _next(start: PageStart, asked: Asked, fetched: Fetched) -> str | None:
    if fetched.last is None:
        return None
    *values, file, row = fetched.last
    standing = start.stand
    question = question_of(asked.table, asked.sort, list(asked.filters), standing.caller.masked)
    cursor = seal(standing.service.secret, Place(standing.release, tuple(values), int(file), int(row)), question)
    if not fits(cursor):
        raise Problem(Kind.WRONG_SORT, "values of the sort are too long for pages", "sort by another column")
    return cursor


def _link(standing: Stand, table: str, cursor: str | None) -> dict[str, str]:
    if cursor is None:
        return {}
    kept = [(key, value) for key, value in standing.request.query_params.multi_items() if key != "cursor"]
    return {"Link": f'</v1/tables/{table}/rows?{urlencode([*kept, ("cursor", cursor)])}>; rel="next"'}


def table_name(written_name: str) -> str:
    """`gold.x` for `x`, in lower case."""
    try:
        return str(TableRef.parse(written_name.lower(), Layer.GOLD))
    except ValueError:
        return written_name.lower()


async def entry_of(standing: Stand, table: str) -> TableEntry:
    """What the catalogue says of a table. Raises Problem, with the nearest name."""
    name = table_name(table)
    entries = await standing.entries()
    for one in entries:
        if one.name == name:
            return one
    bare = [one.name.removeprefix("gold.") for one in entries]
    raise Problem(
        Kind.UNKNOWN_TABLE,
        f"release {standing.release} has no table `{table[:80]}`",
        nearest_name(table.lower().removeprefix("gold."), bare),
    )
