"""What the pipeline's SQL may name, and that SQL in Spark's words."""

from __future__ import annotations

from collections.abc import Sequence

from dataspark.engines.spark.answers import asked, decoded
from dataspark.engines.spark.session import Session
from dataspark.lake.types import canonical
from dataspark.pipeline.ports import Row
from dataspark.sql.spark import Relation, Translated, Translator
from dataspark.sql.spark.writing import name as identifier
from dataspark.tables import Layer, TableRef


class Relations:
    """Named relations of one session: bound tables, kept and shown queries, staged rows."""

    def __init__(self, session: Session, translator: Translator) -> None:
        self.session, self.translator = session, translator
        self._known: dict[str, Relation] = {}
        self._cached: set[str] = set()

    def put(self, name: str, query: str, columns: Sequence[tuple[str, str]]) -> None:
        """Let `name` stand for a query in Spark's own SQL; `columns` are its (name, SQL type)."""
        self._forget(name)
        self.session.view(name, query)
        self.know(name, name, columns)

    def know(self, name: str, view: str, columns: Sequence[tuple[str, str]]) -> None:
        """Let `name` stand for a view that the session has."""
        described = tuple((column, canonical(kind)) for column, kind in columns)
        self._known[name] = Relation(identifier(view), described)

    def bound(self, table: TableRef, view: str, columns: Sequence[tuple[str, str]]) -> None:
        """Let a table answer to its names. Models name each other without a schema."""
        self.know(str(table), view, columns)
        if table.layer is Layer.GOLD:
            self.know(table.name, view, columns)

    def show(self, name: str, query: str) -> None:
        """Let `name` stand for a query of the pipeline."""
        translated = self.translated(query)
        self.put(name, translated.sql, translated.columns)

    def keep(self, name: str, query: str) -> None:
        """The same, but it is carried out once, when it is first asked for rows.

        What is kept is in memory, or on the workers' disks; what a lost worker held is made once more.
        """
        translated = self.translated(query)
        self._forget(name)
        self.session.view(name, translated.sql, kept=True)
        self._cached.add(name)
        self.know(name, name, translated.columns)

    def drop(self, names: Sequence[str]) -> None:
        """Forget relations; those that do not exist are none to forget."""
        for name in names:
            self._forget(name)

    def rows(self, query: str) -> list[Row]:
        """A small answer, with the values that DuckDB would give."""
        translated = self.translated(query)
        kinds = [kind for _name, kind in translated.columns]
        return [decoded(row, kinds) for row in self.session.rows(asked(translated.sql, kinds))]

    def columns(self, query: str) -> list[tuple[str, str]]:
        """The (name, SQL type) of a query's columns; it is not run."""
        return list(self.translated(query).columns)

    def translated(self, query: str) -> Translated:
        """A query in Spark's words. Raises StatementRejected where it has no such words."""
        return self.translator.query(query, self._known)

    def _forget(self, name: str) -> None:
        if self._known.pop(name, None):
            self.session.drop(name, cached=name in self._cached)
            self._cached.discard(name)
