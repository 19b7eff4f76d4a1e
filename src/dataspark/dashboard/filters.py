"""What a person chose to look at. It lives in the page's address, so that a link shows the same to somebody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dataspark.dashboard.periods import Grain, Period

SPANS: dict[str, int | None] = {"30d": 30, "90d": 90, "180d": 180, "365d": 365, "all": None}
"""Name of a period in the address → its days, counted back from the newest day; None for all."""
USUAL = "90d"
CHOSEN = "days"
"""The name of a period that somebody chose day by day."""
_MOST = 50
"""Values of one filter: an address has an end."""

Params = Mapping[str, Sequence[str]]
"""The parameters of an address: name → its values."""


@dataclass(frozen=True)
class Filters:
    """Period, countries, products; empty ones leave nothing out."""

    span: str = USUAL
    chosen: Period | None = None
    """The days, where they were chosen one by one."""
    countries: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    grain: Grain | None = None
    """None where it follows from the period."""

    def period(self, data: Period) -> Period:
        """The days that are looked at, of those that the data has."""
        if self.span == CHOSEN and self.chosen:
            return self.chosen
        days = SPANS.get(self.span)
        if days is None:
            return data
        return Period(max(data.first, data.last - timedelta(days=days - 1)), data.last)

    def params(self) -> dict[str, list[str]]:
        """The parameters of the address; what is as usual is left out."""
        found: dict[str, list[str]] = {}
        if self.span == CHOSEN and self.chosen:
            found |= {"from": [self.chosen.first.isoformat()], "to": [self.chosen.last.isoformat()]}
        elif self.span != USUAL:
            found["period"] = [self.span]
        if self.grain:
            found["by"] = [self.grain.value]
        if self.countries:
            found["country"] = list(self.countries)
        if self.products:
            found["product"] = list(self.products)
        return found


@dataclass(frozen=True)
class Unknown:
    """A value in the address that says nothing here."""

    parameter: str
    value: str


@dataclass(frozen=True)
class Known:
    """What may be chosen."""

    countries: Sequence[str]
    products: Sequence[str]


NAMES = ("period", "from", "to", "by", "country", "product")
"""The parameters that are read here."""


def read_params(params: Params, known: Known | None = None) -> tuple[Filters, list[Unknown]]:
    """The filters that an address names, and the values in it that say nothing. `known` is what there is to choose."""
    unknown: list[Unknown] = []
    filters = _read_period(params, unknown)
    said = params.get("by", [""])[-1]
    if said in list(Grain):
        filters = replace(filters, grain=Grain(said))
    elif said:
        unknown.append(Unknown("by", said))
    countries = _values(params, "country", known.countries if known else None, unknown)
    products = _values(params, "product", known.products if known else None, unknown)
    return replace(filters, countries=tuple(countries), products=tuple(products)), unknown


def _values(params: Params, name: str, known: Sequence[str] | None, unknown: list[Unknown]) -> Iterator[str]:
    for value in list(dict.fromkeys(params.get(name, ())))[:_MOST]:
        if known is None or value in known:
            yield value
        else:
            unknown.append(Unknown(name, value))


def _read_period(params: Params, unknown: list[Unknown]) -> Filters:
    days = [_day(params, name, unknown) for name in ("from", "to") if params.get(name)]
    if len(days) == 2 and days[0] and days[1]:
        if days[0] <= days[1]:
            return Filters(CHOSEN, Period(days[0], days[1]))
        unknown.append(Unknown("to", params["to"][-1]))
    elif len(days) == 1 and days[0]:
        unknown.append(Unknown("from" if params.get("from") else "to", days[0].isoformat()))
    said = params.get("period", [USUAL])[-1]
    if said not in SPANS:
        unknown.append(Unknown("period", said))
        said = USUAL
    return Filters(said)


def _day(params: Params, name: str, unknown: list[Unknown]) -> date | None:
    said = params[name][-1]
    try:
        return date.fromisoformat(said)
    except ValueError:
        unknown.append(Unknown(name, said))
        return None
