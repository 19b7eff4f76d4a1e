"""A call of an aggregate, and the list of those that can be translated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dataspark.sql.spark.expr import Expr, Node
from dataspark.sql.spark.ordering import Order

if TYPE_CHECKING:
    from dataspark.sql.spark.expr import Untranslatable
    from dataspark.sql.spark.expressions import Expressions


@dataclass(frozen=True)
class Aggregate:
    """An aggregate call on its way to Spark SQL."""

    expressions: Expressions
    node: Node
    name: str
    args: tuple[Expr, ...]
    orders: tuple[Order, ...]
    """What its arguments are ordered by."""
    distinct: bool
    filter: str
    over: str
    """The window that it is computed over, from OVER on; empty for a group."""
    type: str
    any_order: bool = False
    """Whether nobody sees the order of the list that it makes."""

    @property
    def ordered_window(self) -> bool:
        """Whether its window puts its rows in order."""
        return bool(self.node.get("orders"))

    def call(self, theirs: str, *args: str, distinct: bool | None = None, only: str = "", within: str = "") -> str:
        """A call of an aggregate of Spark's, with this one's FILTER and OVER; `only` narrows the rows further."""
        word = "DISTINCT " if (self.distinct if distinct is None else distinct) else ""
        conditions = " AND ".join(one for one in (self.filter, only) if one)
        kept = f" FILTER (WHERE {conditions})" if conditions else ""
        return f"{theirs}({word}{', '.join(args)}){within}{kept}{self.over}"

    def arg(self, place: int, wanted: str) -> str:
        """An argument in a type of DuckDB's."""
        return self.expressions.converted(self.args[place], wanted, self.node).typed()

    def refuse(self, what: str = "") -> Untranslatable:
        """The error that it has no translation."""
        kinds = ", ".join(arg.type for arg in self.args)
        return self.expressions.work.refuse(what or f"`{self.name}({kinds})`", self.node)


Maker = Callable[[Aggregate], str]


class Aggregates(dict[str, Maker]):
    """Name of an aggregate → what makes Spark SQL of a call. The result is cast to DuckDB's type."""

    def called(self, *names: str) -> Callable[[Maker], Maker]:
        """Put a maker under these names."""

        def add(maker: Maker) -> Maker:
            self.update(dict.fromkeys(names, maker))
            return maker

        return add
