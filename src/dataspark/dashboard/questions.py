"""What the business pages ask a release, as SQL. Each question reads the few columns of the fact that it needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from dataspark.dashboard.filters import Filters
from dataspark.dashboard.periods import Period
from dataspark.dashboard.purchases import NOBODY
from dataspark.dashboard.subject import Dimension, Join, Role, Subject
from dataspark.sql.text import conjunction, literal, name, text

UNKNOWN = "?"
"""What stands for a value that is not there."""
MOST = 1_000
"""Rows of a ranking."""
CELLS = 300_000
"""Rows of a cube that is worth keeping in memory; a larger one is not, and each question is asked by itself."""
_DAY_OF = {
    "DATE": "{}",
    "TIMESTAMP": "CAST({} AS DATE)",
    # Counted from the microseconds: a cast goes through a calendar and costs seven times as much.
    "TIMESTAMP WITH TIME ZONE": "CAST(make_timestamp(epoch_us({})) AS DATE)",
}
_LITERALS = {"DATE": "DATE '{}'", "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ '{} 00:00:00+00'"}


class Questions:
    """The questions about one subject."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._time = f"f.{name(subject.time)}"
        self._day = _DAY_OF.get(subject.time_type, "CAST({} AS DATE)").format(self._time)
        measure = f"f.{name(subject.measure)}"
        self._amount = f"sum({measure})"
        self._number = f"coalesce(sum(f.{name(subject.count)}), 0)" if subject.count else "count(*)"

    def span(self) -> str:
        """(first day, last day), as the statistics of the files say."""
        least, most = f"min({self._time})", f"max({self._time})"
        form = _DAY_OF.get(self.subject.time_type, "CAST({} AS DATE)")
        return (
            f"SELECT {form.format(least)} AS first, {form.format(most)} AS last FROM {_table(self.subject.fact)} AS f"
        )

    def members(self, role: Role) -> str:
        """The values that a dimension has, in alphabetical order."""
        dimension = self._dimension(role)
        source = dimension.table or self.subject.fact
        column = f"coalesce({name(dimension.column)}, {text(UNKNOWN)})"
        return f"SELECT DISTINCT {column} AS member FROM {_table(source)} ORDER BY member LIMIT {MOST}"

    def cube(self, whole: bool) -> str:
        """(day, country, product, amount, number, rows of the fact): from these everything but customers is told.

        Without `whole` rows whose country cannot be reached are left out: that takes a third less, and `rows` tells
        whether any were.
        """
        nothing = "CAST(NULL AS VARCHAR)"
        join = "LEFT JOIN" if whole else "JOIN"
        country, joined = _shown(self.subject.country, "f", "c", join) if self.subject.country else (nothing, "")
        product, named = nothing, ""
        key = f"{nothing} AS key"
        if found := self.subject.product:  # grouped by its narrow key first: its name is joined to the few rows
            key = f"{next(self._keys(found))} AS key"
            steps = (replace(found.path[0], column="key"), *found.path[1:]) if found.path else ()
            product, named = _shown(replace(found, path=steps), "t", "p") if steps else ("t.key", "")
        cells = (
            f"SELECT {self._day} AS day, {country} AS country, {key}, {self._amount} AS amount, {self._number} AS number, "
            f"count(*) AS rows "
            f"FROM {_table(self.subject.fact)} AS f {joined} WHERE {self._time} IS NOT NULL GROUP BY ALL"
        )
        labels = ", ".join(
            f"coalesce({shown}, {text(UNKNOWN)}) AS {role}"
            for shown, role in (("t.country", "country"), (product, "product"))
        )
        return (
            f"SELECT t.day, {labels}, CAST(sum(t.amount) AS DOUBLE) AS amount, CAST(sum(t.number) AS BIGINT) AS number, "
            f"CAST(sum(t.rows) AS BIGINT) AS rows "
            f"FROM ({cells}) AS t {named} GROUP BY ALL LIMIT {CELLS + 1}"
        )

    def daily(self, filters: Filters) -> str:
        """(day, amount, number) of all days; the period is chosen afterwards, so that choosing asks nothing."""
        what = f"{self._day} AS day, CAST({self._amount} AS DOUBLE) AS amount, CAST({self._number} AS BIGINT) AS number"
        return f"SELECT {what} {self._from(filters)} GROUP BY 1 ORDER BY 1"

    def customers(self, filters: Filters, period: Period) -> str:
        """(now, before): how many different customers there were, and in as many days before."""
        return " UNION ALL ".join(
            f"SELECT count(DISTINCT f.{name(self.subject.customer or '')}) AS customers {self._from(filters, one)}"
            for one in (period, period.before())
        )

    def ranking(self, role: Role, filters: Filters, period: Period) -> str:
        """(member, amount, number, before, customers) by a dimension, the largest amount first."""
        dimension = self._dimension(role)
        both = Period(period.before().first, period.last)
        now, before = f"FILTER (WHERE {self._within(period)})", f"FILTER (WHERE {self._within(period.before())})"
        measure = f"f.{name(self.subject.measure)}"
        number = f"sum(f.{name(self.subject.count)}) {now}" if self.subject.count else f"count(*) {now}"
        keys = ", ".join(dict.fromkeys(self._keys(dimension)))
        inner = (
            f"SELECT {keys}, sum({measure}) {now} AS amount, {number} AS number, sum({measure}) {before} AS earlier "
            f"{self._from(filters, both)} GROUP BY ALL"
        )
        label, joined = _shown(dimension, "t", "r")
        return (
            f"SELECT coalesce({label}, {text(UNKNOWN)}) AS member, CAST(coalesce(sum(t.amount), 0) AS DOUBLE) AS amount, "
            "CAST(coalesce(sum(t.number), 0) AS BIGINT) AS number, CAST(coalesce(sum(t.earlier), 0) AS DOUBLE) AS before "
            f"FROM ({inner}) AS t {joined} GROUP BY 1 ORDER BY amount DESC, member LIMIT {MOST}"
        )

    def purchases(self, first: date, members: Mapping[Role, Sequence[str]]) -> str:
        """(day, customer, amount, country, product) of every purchase, for `purchases.Purchases`.

        A day is told by how many come before it, counted from `first`; a country and a product by its position in `members`, -1
        where it has none.
        """
        columns, joins = [], []
        for role, known in members.items():
            label, joined = _shown(self._dimension(role), "f", role.value[0])
            rows = ", ".join(f"({text(member)}, {position})" for position, member in enumerate(known))
            joins.append(
                f"{joined} LEFT JOIN (VALUES {rows}) AS of_{role}(label, position) "
                f"ON of_{role}.label = coalesce({label}, {text(UNKNOWN)})"
            )
            columns.append(f"CAST(coalesce(of_{role}.position, -1) AS SMALLINT) AS {role}")
        what = (
            f"CAST({self._day} - DATE '{first}' AS INTEGER) AS day",
            f"f.{name(self.subject.customer or '')} AS customer",
            f"CAST(coalesce(f.{name(self.subject.measure)}, 0) AS DOUBLE) AS amount",
            *columns,
        )
        return (
            f"SELECT {', '.join(what)} FROM {_table(self.subject.fact)} AS f {' '.join(joins)} "
            f"WHERE {self._time} IS NOT NULL"
        )

    def number_of_purchases(self) -> str:
        """(purchases): the rows of the fact that have a day."""
        return f"SELECT count({self._time}) AS purchases FROM {_table(self.subject.fact)} AS f"

    def customer_names(self, customers: Sequence[object]) -> str:
        """(customer, name) of some customers, by their numbers."""
        names = self._dimension(Role.CUSTOMER)
        key = name(names.path[0].key)
        return (
            f"SELECT {key} AS customer, any_value({name(names.column)}) AS name FROM {_table(names.path[0].table)} "
            f"WHERE {key} IN ({', '.join(map(literal, customers))}) GROUP BY 1"
        )

    def best_customers(self, filters: Filters, period: Period, most: int) -> str:
        """(customer, name, amount, number, newest day) of the customers with the largest amounts.

        The unknown customer, who has no number of their own, is none.
        """
        key = f"f.{name(self.subject.customer or '')}"
        best = (
            f"SELECT {key} AS customer, {self._amount} AS amount, {self._number} AS number, max({self._time}) AS newest "
            f"{self._from(filters, period)} AND CAST({key} AS VARCHAR) NOT IN ({', '.join(map(text, NOBODY))}) "
            f"GROUP BY 1 ORDER BY amount DESC, customer LIMIT {most}"
        )
        names = self.subject.customer_names
        label, joined = ("CAST(NULL AS VARCHAR)", "")
        if names:
            start = replace(names.path[0], column="customer")
            label, joined = _shown(replace(names, path=(start,)), "t", "r")
        newest = _DAY_OF.get(self.subject.time_type, "CAST({} AS DATE)").format("t.newest")
        return (
            f"SELECT t.customer, {label} AS name, CAST(t.amount AS DOUBLE) AS amount, CAST(t.number AS BIGINT) AS number, "
            f"{newest} AS newest FROM ({best}) AS t {joined} ORDER BY t.amount DESC, t.customer"
        )

    def months(self, role: Role, filters: Filters, period: Period) -> str:
        """(month, member, amount): how the members of a dimension went over a period."""
        dimension = self._dimension(role)
        keys = ", ".join(dict.fromkeys(self._keys(dimension)))
        inner = (
            f"SELECT date_trunc('month', {self._day}) AS month, {keys}, {self._amount} AS amount "
            f"{self._from(filters, period)} GROUP BY ALL"
        )
        label, joined = _shown(dimension, "t", "r")
        return (
            f"SELECT CAST(t.month AS DATE) AS month, coalesce({label}, {text(UNKNOWN)}) AS member, "
            f"CAST(sum(t.amount) AS DOUBLE) AS amount FROM ({inner}) AS t {joined} "
            f"GROUP BY 1, 2 ORDER BY 1, 2 LIMIT {MOST * 10}"
        )

    def _dimension(self, role: Role) -> Dimension:
        found = self.subject.dimension(role)
        assert found is not None, f"nothing plays the role {role}"
        return found

    def _keys(self, dimension: Dimension) -> Iterator[str]:
        """The columns of the fact that a question by a dimension is grouped by: narrow numbers rather than names."""
        yield f"f.{name(dimension.path[0].column if dimension.path else dimension.column)}"

    def _from(self, filters: Filters, period: Period | None = None) -> str:
        """FROM and WHERE: the fact, and of the dimensions what is filtered by."""
        joins: list[str] = []
        conditions = [f"{self._time} IS NOT NULL"]
        if period:
            conditions.append(self._within(period))
        for dimension, chosen in ((self.subject.country, filters.countries), (self.subject.product, filters.products)):
            if dimension and chosen:
                column, joined = _shown(dimension, "f", dimension.role.value[0])
                joins.append(joined)
                conditions.append(_among(column, chosen))
        return f"FROM {_table(self.subject.fact)} AS f {' '.join(joins)} WHERE {conjunction(conditions)}"

    def _within(self, period: Period) -> str:
        literal = _LITERALS.get(self.subject.time_type, "TIMESTAMP '{} 00:00:00'")
        after = period.last + timedelta(days=1)
        return f"{self._time} >= {literal.format(period.first)} AND {self._time} < {literal.format(after)}"


def _among(column: str, chosen: Sequence[str]) -> str:
    listed = f"{column} IN ({', '.join(map(text, chosen))})"
    return f"({listed} OR {column} IS NULL)" if UNKNOWN in chosen else listed


def _shown(dimension: Dimension, start: str, alias: str, join: str = "LEFT JOIN") -> tuple[str, str]:
    """The column of a dimension, and the joins that it is reached by from `start`."""
    parts, here = [], start
    for number, step in enumerate(dimension.path, 1):
        there = f"{alias}{number}"
        onward = dimension.path[number].column if number < len(dimension.path) else dimension.column
        parts.append(
            f"{join} {_once(step, onward)} AS {there} ON {here}.{name(step.column)} = {there}.{name(step.key)}"
        )
        here = there
    return f"{here}.{name(dimension.column)}", " ".join(parts)


def _once(step: Join, column: str) -> str:
    """A table with each key once, also where nobody promises that: a join must not make two rows of one."""
    if step.unique or step.key == column:
        return _table(step.table)
    key, wanted = name(step.key), name(column)
    return f"(SELECT {key}, any_value({wanted}) AS {wanted} FROM {_table(step.table)} GROUP BY {key})"


def _table(ref: str) -> str:
    layer, _, bare = ref.partition(".")
    return f"{layer}.{name(bare)}"
