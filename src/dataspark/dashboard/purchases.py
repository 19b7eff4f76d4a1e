"""The purchases of one release in memory, as narrow as they get: sixteen bytes each, in the order of their days.

Amounts add up, and are told from a small table (see `figures`). How many different customers there were, and who bought the
most, does not add up: it takes a pass over the purchases of the days that are looked at. Asked of files, that is half a
second at ten million purchases; here it is a few hundredths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from dataspark.dashboard.filters import Filters
from dataspark.dashboard.periods import Period
from dataspark.dashboard.subject import Role

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

MOST_PURCHASES = 20_000_000
"""More of them (320 MB) are not kept: each question is asked of the fact then."""
MOST_DAYS = 1 << 16
"""Days that a position of two bytes can tell apart."""
_ROUNDING = 1e-9
"""By how much, of itself, a sum of decimals as floats may be wrong."""
_NEAR = 200
"""Customers that may be looked at more closely; where more than these come near, all are asked for."""


@dataclass(frozen=True)
class Purchases:
    """What was bought when, by whom, from where: one position of each array is one purchase. Nothing of it may be changed."""

    first: date
    """The day that days are counted from."""
    starts: np.ndarray[Any, Any]
    """Position of the first purchase of each day; behind the last day, their number."""
    customer: np.ndarray[Any, Any]
    """Position in `keys`; -1 where nobody knows."""
    amount: np.ndarray[Any, Any]
    """As floats: good for an order, not for a sum that is shown."""
    codes: Mapping[Role, np.ndarray[Any, Any]]
    """Position in `members`; -1 for one that cannot be chosen."""
    keys: pa.Array
    """The numbers of the customers."""
    members: Mapping[Role, Sequence[str]]

    @classmethod
    def of(cls, table: pa.Table, span: Period, members: Mapping[Role, Sequence[str]]) -> Purchases | None:
        """From a table (day: days since `span.first`, customer, amount, country, product: positions in `members`).

        None where customers have no numbers that a question could name.
        """
        import numpy as np
        from pyarrow import types

        kind = table["customer"].type
        if not (types.is_integer(kind) or types.is_string(kind)):
            return None
        days = table["day"].to_numpy().astype(np.uint16)
        order = np.argsort(days, kind="stable")  # two bytes are sorted by counting
        buyers = table["customer"].combine_chunks().dictionary_encode()
        positions = buyers.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return cls(
            first=span.first,
            starts=np.searchsorted(days[order], np.arange(span.days + 1)),
            customer=positions.astype(np.int32)[order],
            amount=table["amount"].to_numpy()[order],
            codes={role: table[role.value].to_numpy().astype(np.int16)[order] for role in members},
            keys=buyers.dictionary,
            members=members,
        )

    def customers(self, filters: Filters, period: Period) -> int:
        """How many different customers there were."""
        return int(self._seen(self._of(self.customer, filters, period)).sum())

    def best(self, filters: Filters, period: Period, most: int) -> list[Any] | None:
        """The numbers of those who may be among the `most` with the largest amounts; None where too many come near."""
        import numpy as np

        buyers = self._of(self.customer, filters, period)
        spent = np.bincount(buyers + 1, self._of(self.amount, filters, period), len(self.keys) + 1)[1:]
        bought = np.flatnonzero(self._seen(buyers))
        if len(bought) > most:
            least = np.partition(spent[bought], -most)[-most]
            bought = bought[spent[bought] >= least - _ROUNDING * max(abs(least), 1)]
        return self.keys.take(bought).to_pylist() if len(bought) <= _NEAR else None

    def _seen(self, buyers: Any) -> Any:
        """Which customers are among the buyers."""
        import numpy as np

        seen = np.zeros(len(self.keys) + 1, dtype=bool)
        seen[buyers] = True
        return seen[:-1]  # the last one is who nobody knows: -1

    def _of(self, column: Any, filters: Filters, period: Period) -> Any:
        """The part of a column that was chosen."""
        import numpy as np

        last = len(self.starts) - 1
        begin, end = (
            int(self.starts[min(max(days, 0), last)])
            for days in ((period.first - self.first).days, (period.last - self.first).days + 1)
        )
        mask = None
        for role, chosen in ((Role.COUNTRY, filters.countries), (Role.PRODUCT, filters.products)):
            if chosen and role in self.members:
                wanted = np.array([*(one in chosen for one in self.members[role]), False])  # the last one is -1
                here = wanted[self.codes[role][begin:end]]
                mask = here if mask is None else mask & here
        return column[begin:end] if mask is None else column[begin:end][mask]
