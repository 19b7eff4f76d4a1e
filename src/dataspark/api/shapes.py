"""What answers look like, for `/docs` and for programs that are written by it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """An object that may get more members in a later version."""

    model_config = ConfigDict(extra="allow")


class ProblemShape(Shape):
    """A problem (RFC 9457)."""

    type: str = Field(
        examples=["/problems/unknown-table"], description="What kind it is; `GET` it to read what it means."
    )
    title: str
    status: int
    detail: str = Field(examples=["release r000001 has no table `kpi_ca_par_pay`"])
    instance: str = Field(description="Names this very request; the server's log has it, too.")
    hint: str | None = Field(None, examples=["did you mean `kpi_ca_par_pays`?"])


class OriginShape(Shape):
    """A column that values come from."""

    table: str
    column: str
    kind: str


class ColumnShape(Shape):
    """A column of a table."""

    name: str
    type: str = Field(description="Its SQL type.", examples=["DECIMAL(18,2)"])
    description: str = ""
    classification: str = ""
    classified: bool = Field(False, description="Whether its values are empty for keys without the scope `unmasked`.")
    required: bool = False
    key: bool = False
    references: str | None = None
    origins: list[OriginShape] = []


class TableLine(Shape):
    """A table in the catalogue."""

    name: str = Field(examples=["gold.kpi_ca_par_pays"])
    description: str
    rows: int
    columns: int


class TableList(Shape):
    """The tables of a release."""

    release: str = Field(examples=["r000001"])
    tables: list[TableLine]


class TableShape(Shape):
    """One table."""

    release: str
    name: str
    description: str
    rows: int
    columns: list[ColumnShape]
    primary_key: list[str]
    inputs: list[str]
    readers: list[str]
    checks: list[str]


class NamedType(Shape):
    """A column of an answer."""

    name: str
    type: str


class Rows(Shape):
    """Rows. Decimals are texts, moments are in UTC and end in Z."""

    release: str
    table: str | None = None
    columns: list[NamedType]
    masked: list[str] = Field(description="Columns that are empty for this key.")
    rows: list[dict[str, Any]]
    next: str | None = Field(description="The cursor of the next page; null on the last one.")


class ReleaseShape(Shape):
    """A release: which version of each table belongs together."""

    id: str
    created: str
    as_of: str
    run: str | None = None
    newest: bool
    tables: dict[str, int]


class ReleaseList(Shape):
    """Releases, newest first."""

    releases: list[ReleaseShape]


class RunLineShape(Shape):
    """A run."""

    id: str
    started: str
    as_of: str
    seconds: float
    outcome: str = Field(description="released, nothing new, not released, failed; or running.")
    release: str | None
    error: str


class RunList(Shape):
    """Runs, newest first."""

    runs: list[RunLineShape]


class RunShape(Shape):
    """A run with its steps, tables, models and checks; while it goes on, what was heard of it."""

    id: str
    outcome: str


class RunOrder(BaseModel):
    """What a run shall do. All of it may be left out."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"as_of": "2025-12-31", "select": ["+kpi_*"]}]}
    )

    as_of: str | None = Field(None, description="The run's date; default: now.", examples=["2025-12-31"], max_length=40)
    full_refresh: bool = Field(False, description="Rebuild every silver table from bronze.", strict=True)
    select: list[str] = Field(
        default_factory=list, description="Build only these models: `kpi_*`.", examples=[["+kpi_*"]], max_length=100
    )


class RunStarted(Shape):
    """A run that began."""

    id: str
    events: str = Field(description="Where to follow it.")


class Query(BaseModel):
    """A question in SQL."""

    model_config = ConfigDict(extra="forbid")

    sql: str = Field(
        description="One SELECT over the tables of the release. Bare names are gold tables.",
        examples=["SELECT pays, ca_total FROM kpi_ca_par_pays ORDER BY ca_total DESC LIMIT 3"],
        min_length=1,
        max_length=20_000,
    )
    limit: int | None = Field(
        None, ge=1, description="The most rows; default and most: the server's limit.", strict=True
    )


class QualityList(Shape):
    """What became of every row, as of the last run."""

    tables: list[dict[str, Any]]


class QuarantineLine(Shape):
    """The quarantine of one table in numbers."""

    table: str
    rows: int
    reasons: dict[str, int]


class QuarantineList(Shape):
    """The quarantine of a release in numbers."""

    release: str
    tables: list[QuarantineLine]


class LineageShape(Shape):
    """What a column, or every column of a table, is made from, or what uses it."""

    asked: str
    direction: str = Field(description="upstream or downstream.")
    tables: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    deciders: list[dict[str, Any]]


class TraceShape(Shape):
    """The way of a row."""

    release: dict[str, Any]
    table: str
    key: str
    rows: list[dict[str, Any]]


class KeyShape(Shape):
    """A key, without the key."""

    name: str
    ending: str
    scopes: list[str]
    created: str
    expires: str | None


class KeyList(Shape):
    """All keys."""

    keys: list[KeyShape]


class Health(Shape):
    """The process is there."""

    status: str


class Ready(Shape):
    """Whether questions can be answered."""

    status: str
    release: str | None


PROBLEM_STATUSES = (400, 401, 403, 404, 405, 406, 408, 409, 410, 413, 414, 415, 421, 422, 429, 431, 500, 503)
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {
        "description": "A problem (RFC 9457).",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShape"}}},
    }
    for status in PROBLEM_STATUSES
}
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The caller has it already (`If-None-Match`)."}}
