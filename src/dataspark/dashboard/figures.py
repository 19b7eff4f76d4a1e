"""The figures of the business pages, for any period, country and product.

All but what is about customers adds up, so it is told from one small table of days, countries and products that is made
once a release. Customers are counted over the purchases, which are in memory for the newest release. Where a project has too
many of one or the other, each question is asked of the fact by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dataspark.dashboard.filters import Filters, Known
from dataspark.dashboard.periods import Day, Period
from dataspark.dashboard.purchases import MOST_DAYS, MOST_PURCHASES, Purchases
from dataspark.dashboard.questions import CELLS, MOST, Questions
from dataspark.dashboard.subject import Role, Subject
from dataspark.errors import DataSparkError

if TYPE_CHECKING:
    import pyarrow as pa

Ask = Callable[[str], Any]
"""Answers a query with a `pandas.DataFrame`."""


@dataclass(frozen=True)
class Customers:
    """How many different customers there were."""

    now: int
    before: int


class Figures:
    """The figures of one release. What it returns belongs to the caller."""

    def __init__(self, subject: Subject, ask: Ask, purchases: Callable[[], Purchases | None] = lambda: None) -> None:
        """`purchases` gives those that are in memory, where they are; asked for anew each time, as they come and go."""
        self.subject, self._ask, self._purchases = subject, ask, purchases
        self._questions = Questions(subject)

    @cached_property
    def span(self) -> Period | None:
        """The days that the data has; None where it has none."""
        first, last = self._ask(self._questions.span()).iloc[0]
        return Period(as_date(first), as_date(last)) if isinstance(first, date) and first == first else None

    @cached_property
    def known(self) -> Known:
        """What countries and products there are."""
        return Known(self._members(Role.COUNTRY), self._members(Role.PRODUCT))

    def daily(self, filters: Filters) -> list[Day]:
        """All days, whatever the period."""
        if self._cube is None:
            rows = self._ask(self._questions.daily(filters))
        else:
            rows = self._chosen(filters).groupby("day", as_index=False)[["amount", "number"]].sum()
        values = zip(rows["day"], rows["amount"], rows["number"], strict=True)
        return [Day(as_date(day), float(amount), int(number)) for day, amount, number in values]

    def ranking(self, role: Role, filters: Filters, period: Period) -> Any:
        """A frame (member, amount, number, before) by a dimension, the largest amount first."""
        if self._cube is None:
            return self._ask(self._questions.ranking(role, filters, period)).copy()
        rows = self._chosen(filters)
        now = _in(rows, period).groupby(role.value, observed=True)[["amount", "number"]].sum()
        before = _in(rows, period.before()).groupby(role.value, observed=True)["amount"].sum().rename("before")
        both = now.join(before, how="outer").fillna(0).rename_axis("member").reset_index()
        both["number"] = both["number"].astype("int64")
        return both.sort_values(["amount", "member"], ascending=[False, True], ignore_index=True).head(MOST)

    def months(self, role: Role, filters: Filters, period: Period) -> Any:
        """A frame (month, member, amount): how the members of a dimension went over a period."""
        if self._cube is None:
            return self._ask(self._questions.months(role, filters, period)).copy()
        rows = _in(self._chosen(filters), period)
        months = rows["day"].map(lambda day: day.replace(day=1)).rename("month")
        found = rows.groupby([months, rows[role.value].rename("member")], observed=True)["amount"].sum()
        return found.reset_index()

    def customers(self, filters: Filters, period: Period) -> Customers | None:
        """How many different customers there were; None where it is not known who bought."""
        if self.subject.customer is None:
            return None
        if purchases := self._purchases():
            return Customers(*(purchases.customers(filters, one) for one in (period, period.before())))
        now, before = self._ask(self._questions.customers(filters, period))["customers"]
        return Customers(int(now), int(before))

    def count_ahead(self, filters: Filters, period: Period) -> None:
        """Begin to count customers, so that it goes on while a page is drawn. Whoever asks for them waits for the same answer."""
        if self.subject.customer and self._purchases() is None:
            threading.Thread(target=self._counted, args=(filters, period), daemon=True, name="dashboard-count").start()

    def _counted(self, filters: Filters, period: Period) -> None:
        with suppress(DataSparkError):  # the page meets it again, and says it to a person
            self.customers(filters, period)

    def best_customers(self, filters: Filters, period: Period, most: int) -> Any:
        """A frame (customer, name, amount, number, newest) of those with the largest amounts."""
        purchases = self._purchases()
        if purchases is None or self.subject.count:  # where a row stands for several, they are counted by the fact
            return self._ask(self._questions.best_customers(filters, period, most)).copy()
        best = purchases.best(filters, period, most)
        names = self._ask(self._questions.customer_names(list(best["customer"]))) if self._named(best) else None
        named = best.assign(name=None) if names is None else best.merge(names, on="customer", how="left")
        return named[["customer", "name", "amount", "number", "newest"]]

    def _named(self, customers: Any) -> bool:
        return self.subject.customer_names is not None and not customers.empty

    def prepare(self) -> None:
        """Ask beforehand what every page asks."""
        _ = self.known, self._cube
        if self.span:
            self.customers(Filters(), Filters().period(self.span))

    def read_purchases(self, read: Callable[[str], pa.Table]) -> Purchases | None:
        """All purchases, to be kept in memory; None where nobody is known to have bought, or they are too many."""
        if self.subject.customer is None or self.span is None or self.span.days > MOST_DAYS:
            return None
        if self._number > MOST_PURCHASES:
            return None
        members = {
            role: members
            for role, members in ((Role.COUNTRY, self.known.countries), (Role.PRODUCT, self.known.products))
            if members
        }
        return Purchases.of(
            read(self._questions.purchases(self.span.first, members)), self.span, members, self.subject.measure_scale
        )

    @cached_property
    def _cube(self) -> Any:
        rows = self._ask(self._questions.cube(whole=False))
        if len(rows) <= CELLS and rows["rows"].sum() != self._number:
            rows = self._ask(self._questions.cube(whole=True))
        if len(rows) > CELLS:
            return None
        named = (Role.COUNTRY, Role.PRODUCT)  # words as numbers: grouping takes a fraction of the time
        return rows.astype({role.value: "category" for role in named})

    @cached_property
    def _number(self) -> int:
        """How many purchases there are."""
        return int(self._ask(self._questions.number_of_purchases())["purchases"][0])

    def _chosen(self, filters: Filters) -> Any:
        rows = self._cube
        for role, chosen in ((Role.COUNTRY, filters.countries), (Role.PRODUCT, filters.products)):
            if chosen:
                rows = rows[rows[role.value].isin(chosen)]
        return rows

    def _members(self, role: Role) -> tuple[str, ...]:
        if self.subject.dimension(role) is None:
            return ()
        return tuple(self._ask(self._questions.members(role))["member"])


def _in(rows: Any, period: Period) -> Any:
    return rows[(rows["day"] >= period.first) & (rows["day"] <= period.last)]


def as_date(value: Any) -> date:
    """The day of a date or of a moment."""
    day: date = value.date() if hasattr(value, "date") else value
    return day
