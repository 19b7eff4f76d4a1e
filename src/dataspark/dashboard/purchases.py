"""The purchases of one release in memory, as narrow as they get: sixteen bytes each, in the order of their days.

Amounts add up, and are told from a small table (see `figures`). How many different customers there were, and who bought the
most, does not add up: it takes a pass over the purchases of the days that are looked at. Asked of files, that is half a
second at ten million purchases; here it is a few hundredths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
NOBODY = ("0", "-1")
"""Numbers that stand for an unknown customer."""


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
    codes: Mapping[Role, np.ndarray[Any, Any]]
    """Position in `members`; -1 for one that cannot be chosen."""
    keys: pa.Array
    """The numbers of the customers."""
    members: Mapping[Role, Sequence[str]]
    scale: int | None
    """Digits behind the point that amounts have; None where they are floats."""

    @classmethod
    def of(
        cls, table: pa.Table, span: Period, members: Mapping[Role, Sequence[str]], scale: int | None
    ) -> Purchases | None:
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
            scale=scale,
        )

    def customers(self, filters: Filters, period: Period) -> int:
        """How many different customers there were."""
        import numpy as np

        seen = np.zeros(len(self.keys) + 1, dtype=bool)
        seen[self.customer[self._chosen(filters, period)]] = True
        return int(seen[:-1].sum())  # the last one is who nobody knows: -1

    def best(self, filters: Filters, period: Period, most: int) -> Any:
        """A frame (customer, amount, number, newest) of those with the largest amounts, the unknown customer left out."""
        import numpy as np
        import pandas as pd

        chosen = self._chosen(filters, period)
        buyers = self.customer[chosen]
        number = np.bincount(buyers + 1, minlength=len(self.keys) + 1)[1:]
        amount = np.bincount(buyers + 1, self.amount[chosen], len(self.keys) + 1)[1:]
        if self.scale is not None:
            amount = np.round(amount, self.scale)  # a sum of decimals as it is: equal amounts stay equal
        bought = np.flatnonzero(number)
        enough = most + len(NOBODY)
        if len(bought) > enough:
            bought = bought[amount[bought] >= np.partition(amount[bought], -enough)[-enough]]
        found = pd.DataFrame({"position": bought, "customer": self.keys.take(bought).to_pandas()})
        found = found[~found["customer"].astype(str).isin(NOBODY)]
        found = found.assign(amount=amount[found["position"]], number=number[found["position"]])
        found = found.sort_values(["amount", "customer"], ascending=[False, True], ignore_index=True).head(most)
        found["newest"] = self._newest(found["position"], buyers, chosen)
        return found.drop(columns="position")

    def _newest(self, customers: Any, buyers: Any, chosen: Any) -> Any:
        """The day of each customer's last purchase among those that were chosen."""
        import numpy as np
        import pandas as pd

        wanted = np.zeros(len(self.keys) + 1, dtype=bool)
        wanted[customers] = True
        theirs = np.flatnonzero(wanted[buyers])
        places = theirs + chosen.start if isinstance(chosen, slice) else chosen[theirs]
        last = dict(zip(buyers[theirs].tolist(), places.tolist(), strict=True))  # they are in the order of their days
        days = np.searchsorted(self.starts, [last[one] for one in customers], side="right") - 1
        return pd.Series([self.first + timedelta(days=int(day)) for day in days], dtype=object)

    def _chosen(self, filters: Filters, period: Period) -> Any:
        """Where the purchases are that were chosen: a slice, or positions."""
        import numpy as np

        last = len(self.starts) - 1
        begin, end = (
            int(self.starts[min(max(days, 0), last)])
            for days in ((period.first - self.first).days, (period.last - self.first).days + 1)
        )
        mask = None
        for role, members in ((Role.COUNTRY, filters.countries), (Role.PRODUCT, filters.products)):
            if members and role in self.members:
                wanted = np.array([*(one in members for one in self.members[role]), False])  # the last one is -1
                here = wanted[self.codes[role][begin:end]]
                mask = here if mask is None else mask & here
        return slice(begin, end) if mask is None else np.flatnonzero(mask) + begin
