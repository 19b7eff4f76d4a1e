"""What can be shown of a project: which table is added up, over which column, and what it can be looked at by.

Found from the catalogue of a release alone: names, types, keys. `[dashboard]` in the settings has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dataspark.answers.catalogue import ColumnEntry, TableEntry
from dataspark.errors import UsageError
from dataspark.plan import nearest_name
from dataspark.project import DashboardSettings

_FACT = re.compile(r"(fact|fait|fct)s?(_|$)")
_DIMENSION = re.compile(r"dims?(_|$)")
_KPI = re.compile(r"(kpi|agregation|aggregation|agg)s?(_|$)")
_AMOUNTS: tuple[str, ...] = (
    "montant",
    "amount",
    "ca",
    "revenue",
    "revenu",
    "chiffre",
    "total",
    "sales",
    "ventes",
    "valeur",
    "value",
)
_AMOUNTS += ("prix", "price", "cout", "cost", "betrag", "umsatz")
_COUNTS = ("nb", "nombre", "count", "n", "nbr", "num", "anzahl", "orders", "transactions")
_COUNTRIES = ("pays", "country", "pais", "land", "nation", "paese")
_PRODUCTS = ("produit", "product", "article", "item", "sku", "produkt", "producto", "categorie", "category")
_CUSTOMERS = ("client", "customer", "acheteur", "buyer", "kunde", "cliente", "user", "utilisateur", "abonne", "patient")
_CALENDARS = ("temps", "time", "date", "calendrier", "calendar", "jour", "day", "mois", "month", "annee", "year")
_STEPS = 2
"""How many joins away from the fact a dimension may be."""


class Role(StrEnum):
    """What amounts are looked at by."""

    COUNTRY = "country"
    PRODUCT = "product"
    CUSTOMER = "customer"


@dataclass(frozen=True)
class Join:
    """One step from a table to another one."""

    column: str
    """In the table that the step starts from."""
    table: str
    """`gold.dim_client`."""
    key: str
    """In that table: what `column` points to."""
    unique: bool
    """Whether a contract promises that the key is there once."""


@dataclass(frozen=True)
class Dimension:
    """What amounts can be looked at by."""

    role: Role
    column: str
    """The column whose values are shown: of the last table of the path, or of the fact where there is no path."""
    path: tuple[Join, ...] = ()

    @property
    def table(self) -> str | None:
        """The table that the column is in; None for the fact's own."""
        return self.path[-1].table if self.path else None


@dataclass(frozen=True)
class Subject:
    """What the business pages are about."""

    fact: str
    """`gold.fact_achats`."""
    measure: str
    measure_scale: int | None
    """Digits that amounts have behind the point; None where they are no decimals."""
    time: str
    time_type: str
    """Its SQL type."""
    count: str | None
    """The column that counts; None where each row is one."""
    counted: bool
    """Whether it is known how many purchases there are."""
    country: Dimension | None = None
    product: Dimension | None = None
    customer: str | None = None
    """The fact's column with the number of who buys."""
    customer_names: Dimension | None = None
    """What they are called, where a dimension says so; its values may be masked."""
    currency: str | None = None

    def dimension(self, role: Role) -> Dimension | None:
        """What the role is played by."""
        return self.country if role is Role.COUNTRY else self.product if role is Role.PRODUCT else self.customer_names


def find_subject(tables: Sequence[TableEntry], said: DashboardSettings) -> Subject | None:
    """What can be shown of a project; None where no table has amounts over time.

    Raises UsageError where the settings name a table or a column that is not there.
    """
    fact = _named_table(tables, said.fact) if said.fact else _fact(tables)
    if fact is None:
        return None
    time = _named(fact, said.time, "time") if said.time else _time(fact)
    measure = _named(fact, said.measure, "measure") if said.measure else _measure(fact)
    if time is None or measure is None:
        missing = "dates" if time is None else "amounts"
        raise UsageError(f"[dashboard]: {fact.name} has no column with {missing}", "name another `fact`")
    count = _named(fact, said.count, "count") if said.count else _count(fact, measure)
    rows_count = bool(_FACT.match(_bare(fact)) or fact.primary_key)
    reach = tuple(_reach(tables, fact))
    customer = _named(fact, said.customer, "customer") if said.customer else _customer(fact)
    return Subject(
        fact.name,
        measure.name,
        _scale(measure),
        time.name,
        time.type,
        count.name if count and (said.count or not rows_count) else None,
        counted=rows_count or count is not None,
        country=_dimension(Role.COUNTRY, said.country, reach, customer),
        product=_dimension(Role.PRODUCT, said.product, reach, customer),
        customer=customer.name if customer else None,
        customer_names=_names(reach, customer) if customer else None,
        currency=said.currency,
    )


def key_figures(tables: Sequence[TableEntry]) -> tuple[TableEntry, ...]:
    """The gold tables with figures that are worth a look of their own: KPIs first, then other small ones."""
    gold = [table for table in tables if table.name.startswith("gold.")]
    kpis = [table for table in gold if _KPI.match(_bare(table))]
    return tuple(kpis or [table for table in gold if not _DIMENSION.match(_bare(table))])


Reach = tuple[TableEntry, tuple[Join, ...]]
"""A table and the way to it from the fact."""


def _reach(tables: Sequence[TableEntry], fact: TableEntry) -> Iterator[Reach]:
    """The fact and the tables around it, the nearest first."""
    known = {table.name: table for table in tables}
    waiting: list[Reach] = [(fact, ())]
    seen = {fact.name}
    while waiting:
        table, path = waiting.pop(0)
        yield table, path
        for join in _joins(table, tables) if len(path) < _STEPS else ():
            if join.table not in seen:
                seen.add(join.table)
                waiting.append((known[join.table], (*path, join)))


def _joins(table: TableEntry, tables: Sequence[TableEntry]) -> Iterator[Join]:
    """What a table points to: by its contract, else by a column that has the name of a dimension's key."""
    known = {one.name: one for one in tables}
    for column in table.columns:
        parent, _, key = (column.references or "").rpartition(".")
        if parent in known:
            yield Join(column.name, parent, key, known[parent].primary_key == (key,))
            continue
        for other in tables:
            if other is not table and _DIMENSION.match(_bare(other)) and _key(other) == column.name:
                yield Join(column.name, other.name, column.name, other.primary_key == (column.name,))


def _key(table: TableEntry) -> str:
    """What rows of a dimension are told by: its key, else the first column."""
    return table.primary_key[0] if len(table.primary_key) == 1 else table.columns[0].name


def _fact(tables: Sequence[TableEntry]) -> TableEntry | None:
    gold = [one for one in tables if one.name.startswith("gold.") and not _DIMENSION.match(_bare(one))]
    able = [one for one in gold if _time(one) and _measure(one)]
    return max(able, key=lambda one: (bool(_FACT.match(_bare(one))), one.rows), default=None)


def _time(table: TableEntry) -> ColumnEntry | None:
    return next((c for c in table.columns if c.type.startswith(("DATE", "TIMESTAMP")) and not c.classified), None)


def _measure(table: TableEntry) -> ColumnEntry | None:
    """The column with amounts: money is decimal; of several, the one that is called like an amount."""
    for kinds in (("DECIMAL",), ("DOUBLE", "FLOAT", "REAL")):
        able = [column for column in table.columns if column.type.startswith(kinds) and not column.classified]
        if able:
            ranked = sorted(able, key=lambda column: _rank(column.name, _AMOUNTS))
            return ranked[0]
    return None


def _scale(measure: ColumnEntry) -> int | None:
    found = re.fullmatch(r"DECIMAL\(\d+,\s*(\d+)\)", measure.type)
    return int(found[1]) if found else None


def _count(table: TableEntry, measure: ColumnEntry) -> ColumnEntry | None:
    whole = [column for column in table.columns if column.type in ("BIGINT", "INTEGER", "HUGEINT")]
    return next((c for c in whole if c is not measure and _words(c.name) & set(_COUNTS) and not _is_key(c)), None)


def _customer(fact: TableEntry) -> ColumnEntry | None:
    able = [c for c in fact.columns if _words(c.name) & set(_CUSTOMERS) and not c.classified]
    return next((column for column in able if _is_key(column)), next(iter(able), None))


def _names(reach: Sequence[Reach], customer: ColumnEntry) -> Dimension | None:
    for table, path in reach:
        if len(path) == 1 and path[0].column == customer.name:
            words = [column for column in table.columns if column.type == "VARCHAR"]
            named = sorted(words, key=lambda column: _rank(column.name, ("nom", "name", "libelle", "label")))
            return Dimension(Role.CUSTOMER, named[0].name, path) if named else None
    return None


def _dimension(role: Role, said: str | None, reach: Sequence[Reach], customer: ColumnEntry | None) -> Dimension | None:
    if said:
        return _said_dimension(role, said, reach)
    words = set(_COUNTRIES if role is Role.COUNTRY else _PRODUCTS)
    for table, path in reach:
        for column in table.columns:
            if column.type == "VARCHAR" and not column.classified and _words(column.name) & words:
                return Dimension(role, column.name, path)
    return _any_words(reach, customer) if role is Role.PRODUCT else None


def _any_words(reach: Sequence[Reach], customer: ColumnEntry | None) -> Dimension | None:
    """Something else that amounts can be split by, where nothing is called a product."""
    taken = {*_COUNTRIES, *_CALENDARS, *_CUSTOMERS}
    for table, path in reach:
        of_customer = customer and any(join.column == customer.name for join in path)
        if of_customer or (path and _words(_bare(table)) & set(_CALENDARS)):
            continue
        for column in table.columns:
            if (
                column.type == "VARCHAR"
                and not column.classified
                and not column.key
                and not _words(column.name) & taken
            ):
                return Dimension(Role.PRODUCT, column.name, path)
    return None


def _said_dimension(role: Role, said: str, reach: Sequence[Reach]) -> Dimension:
    table_name, _, column_name = said.rpartition(".")
    for table, path in reach:
        if table_name in ("", table.name, _bare(table)) and any(one.name == column_name for one in table.columns):
            return Dimension(role, column_name, path)
    known = [
        f"{_bare(table)}.{column.name}" if path else column.name for table, path in reach for column in table.columns
    ]
    raise UsageError(
        f"[dashboard] {role} names `{said}`, which cannot be reached from the fact", nearest_name(said, known)
    )


def _named_table(tables: Sequence[TableEntry], said: str) -> TableEntry:
    for table in tables:
        if said in (table.name, _bare(table)):
            return table
    raise UsageError(
        f"[dashboard] fact names `{said}`, which the release does not have",
        nearest_name(said, [t.name for t in tables]),
    )


def _named(fact: TableEntry, said: str, key: str) -> ColumnEntry:
    for column in fact.columns:
        if column.name == said:
            return column
    raise UsageError(
        f"[dashboard] {key} names `{said}`, a column that {fact.name} does not have",
        nearest_name(said, [column.name for column in fact.columns]),
    )


def _is_key(column: ColumnEntry) -> bool:
    return column.key or column.references is not None or bool({"id", "key", "code", "sk"} & _words(column.name))


def _words(name: str) -> set[str]:
    """The words of a name, in the singular too: `nb_achats` → nb, achats, achat."""
    found = set(re.split(r"[^a-z0-9]+", name.lower()))
    return found | {word.removesuffix("s") for word in found}


def _rank(name: str, wanted: Sequence[str]) -> int:
    """Where the first of a name's words stands in a list; behind it where none does."""
    return min((wanted.index(word) for word in _words(name) if word in wanted), default=len(wanted))


def _bare(table: TableEntry) -> str:
    return table.name.partition(".")[2].lower()
