"""A call of a function, and the lists of functions that can be translated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from dataspark.sql.spark.expr import Expr, Node, of_type
from dataspark.sql.spark.writing import shared

if TYPE_CHECKING:
    from dataspark.sql.spark.expr import Untranslatable
    from dataspark.sql.spark.expressions import Expressions

_ASKED = {"position": "strpos"}
"""Functions that cannot be called by the name that they have in the syntax tree."""
_OPERATORS = frozenset(
    [
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "^",
        "||",
        "&",
        "|",
        "<<",
        ">>",
        "~~",
        "!~~",
        "~~*",
        "!~~*",
        "~",
        "!~",
        "^@",
        "&&",
        "@>",
    ]
)


@dataclass(frozen=True)
class Call:
    """A function with its translated arguments."""

    expressions: Expressions
    node: Node
    name: str
    args: tuple[Expr, ...]
    lambdas: tuple[str, ...] = ()
    """The lambdas among the arguments, in Spark SQL."""
    any_order: bool = False
    """Whether nobody sees the order of the list that it gives."""

    @cached_property
    def asked(self) -> str:
        """The call as DuckDB is asked for its type."""
        if self.node.get("is_operator") and self.name in _OPERATORS:
            if len(self.args) == 1:
                return f"({self.name} {self.args[0].stand})"
            return f"({self.args[0].stand} {self.name} {self.args[1].stand})"
        if self.name == "struct_pack":
            fields = zip(self.node["children"], self.args, strict=True)
            return "{" + ", ".join(f"'{child['alias']}': {arg.stand}" for child, arg in fields) + "}"
        called = _ASKED.get(self.name, self.name)
        return f"{called}({', '.join(arg.stand for arg in self.args)})"

    @cached_property
    def type(self) -> str:
        """The type of its result, in DuckDB."""
        return self.expressions.type_of(self.asked, self.node)

    def gives(self, sql: str, exact: bool = True) -> Expr:
        """Its result, as this Spark SQL."""
        return of_type(sql, self.type, exact)

    def from_args(self, wanted: Sequence[str], made: Callable[..., str]) -> Expr:
        """Its result, made of the first arguments in these types; each of them may be named several times."""
        return self.gives(shared(tuple(self.arg(place, kind) for place, kind in enumerate(wanted)), made))

    def refuse(self, what: str = "") -> Untranslatable:
        """The error that it has no translation."""
        kinds = ", ".join(arg.type for arg in self.args)
        return self.expressions.work.refuse(what or f"`{self.name}({kinds})`", self.node)

    def arg(self, place: int, wanted: str) -> str:
        """An argument in a type of DuckDB's."""
        return self.expressions.converted(self.args[place], wanted, self.node).typed()

    def constant(self, place: int) -> object:
        """The value of an argument that must be a literal. Raises Untranslatable."""
        if not self.args[place].literal:
            raise self.refuse(f"`{self.name}` with anything but a literal as argument {place + 1}")
        return self.args[place].constant

    def string(self, place: int) -> str:
        """The text of an argument that must be a literal. Raises Untranslatable."""
        value = self.constant(place)
        if not isinstance(value, str):
            raise self.refuse(f"`{self.name}` with anything but a text as argument {place + 1}")
        return value


Maker = Callable[[Call], Expr]


class Functions(dict[str, Maker]):
    """Name of a function → what makes Spark SQL of a call."""

    def called(self, *names: str) -> Callable[[Maker], Maker]:
        """Put a maker under these names."""

        def add(maker: Maker) -> Maker:
            self.update(dict.fromkeys(names, maker))
            return maker

        return add

    def same(self, *names: str, **spark: str) -> None:
        """Functions that Spark has under the same or another name, with the same meaning; the result is cast."""
        for called, theirs in (*((one, one) for one in names), *spark.items()):
            self[called] = _same(theirs)

    @classmethod
    def joined(cls, *lists: Functions) -> Functions:
        """All of several lists."""
        made = cls()
        for one in lists:
            made.update(one)
        return made


def _same(theirs: str) -> Maker:
    def make(call: Call) -> Expr:
        return call.gives(f"{theirs}({', '.join(arg.typed() for arg in call.args)})", exact=False)

    return make
