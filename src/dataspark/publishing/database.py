"""One connection to PostgreSQL, its errors in our own words. The only importer of `psycopg`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dataspark.errors import DataSparkError, PublishBusy, PublishError, RowsRefused, UsageError
from dataspark.publishing.address import Address

if TYPE_CHECKING:
    import psycopg

_SETTINGS = (
    "SET search_path = ''",  # every name in every statement and in every answer says its schema
    "SET TimeZone = 'UTC'",
    "SET DateStyle = 'ISO, YMD'",
    "SET standard_conforming_strings = on",
    "SET client_min_messages = warning",
    # A publisher that vanishes must not hold its lock for hours.
    "SET tcp_keepalives_idle = 30",
    "SET tcp_keepalives_interval = 10",
    "SET tcp_keepalives_count = 3",
    "SET idle_in_transaction_session_timeout = 0",
    "SET statement_timeout = 0",  # loading takes as long as it takes
)
_CONNECTING = 10
"""Seconds until a server that does not answer is given up."""
_ATTEMPT = re.compile(r"^.*\bport \d+ failed: (?:FATAL: +|ERROR: +)?")
_COLUMN = re.compile(r"\bcolumn \"?([^\":,]+)\"?(?::|,|$)")


class Database:
    """A session in which statements that are not within `transaction` are done at once."""

    def __init__(self, address: Address, called: str) -> None:
        """`called` is what the server shows of this session. Raises PublishError, UsageError without psycopg."""
        self.address = address
        library = _library()
        try:
            self._connection: psycopg.Connection[tuple[Any, ...]] = library.connect(
                address.url,
                autocommit=True,
                connect_timeout=_CONNECTING,
                application_name=called[:63],
                client_encoding="utf8",
                keepalives_idle=30,
            )
        except library.ProgrammingError as error:
            raise UsageError(f"{address.shown} cannot be read: {self._first_line(error)}", _FORM) from None
        except library.Error as error:
            raise self._no_connection(error) from None
        for setting in _SETTINGS:
            self.run(setting)

    @property
    def place(self) -> str:
        """Where it is: `sales at db.example.org:5432`."""
        found = self._connection.info
        return f"{found.dbname} at {found.host}:{found.port}"

    @property
    def user(self) -> str:
        """Who we are there."""
        return self._connection.info.user

    def run(self, statement: str, doing: str = "") -> int:
        """Run one statement; `doing` says in a message what for. Returns how many rows it touched."""
        with self._errors(doing):
            return self._connection.execute(statement).rowcount

    def rows(
        self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = (), doing: str = ""
    ) -> list[tuple[Any, ...]]:
        """A small answer; `%s` in the query stands for a parameter."""
        with self._errors(doing):
            return self._connection.execute(query, parameters or None).fetchall()

    def copy(self, statement: str, chunks: Iterable[str], doing: str = "") -> int:
        """Send lines to a `COPY … FROM STDIN`. Returns how many rows arrived."""
        with self._errors(doing), self._connection.cursor() as cursor:
            with cursor.copy(statement) as copying:
                for chunk in chunks:
                    copying.write(chunk)
            return cursor.rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything within, or nothing of it."""
        with self._errors("ending a transaction"), self._connection.transaction():
            yield

    def close(self) -> None:
        """Let go of the connection and of every lock."""
        self._connection.close()

    @contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        library = _library()
        try:
            yield
        except library.Error as error:
            raise self._translated(error, doing) from error

    def _translated(self, error: psycopg.Error, doing: str) -> DataSparkError:
        state = error.sqlstate or ""
        told = self._first_line(error)
        what = f"{doing}: " if doing else ""
        if self._connection.closed or not state or (state[:2] in ("08", "57") and state != "57014"):
            return PublishError(
                f"{what}the connection to {self.place_or_address} was lost: {told}",
                "readers still see what was published before; publish again when the server answers",
            )
        detail = f" ({error.diag.message_detail.rstrip('.')})" if error.diag.message_detail else ""
        if state == "55P03":
            return Locked(f"{what}{told}")
        if state == _FULL:  # its own words may be `wrote only 4096 of 8192 bytes at block 5`
            return PublishError(f"{what}the server's disk is full: {told}{detail}", self._hint(state))
        if state[:2] == "23" or state in _VALUES:
            where = _COLUMN.search(error.diag.context or "")
            column = f" in column {where[1]}" if where and "column" not in told else ""
            return RowsRefused(f"{what}PostgreSQL refuses a value{column}: {told}{detail}", _HINTS.get(state, ""))
        return _KINDS.get(state, PublishError)(f"{what}{told}{detail}", self._hint(state))

    @property
    def place_or_address(self) -> str:
        """Where it is, as far as a connection that is gone still knows."""
        return self.address.shown if self._connection.closed else self.place

    def _hint(self, state: str) -> str:
        info = None if self._connection.closed else self._connection.info
        user, database = (info.user, info.dbname) if info else ("ROLE", "DATABASE")
        return _HINTS.get(state, "").format(user=user, database=database)

    def _first_line(self, error: psycopg.Error) -> str:
        said = error.diag.message_primary or str(error).strip().splitlines()[-1] if str(error).strip() else ""
        return self.address.hide(said or type(error).__name__)

    def _no_connection(self, error: psycopg.Error) -> PublishError:
        said = self.address.hide(" ".join(str(error).split()))
        told = _ATTEMPT.sub("", said).partition(" Is the server running")[0]
        hint = next((hint for words, hint in _DOORS if words in said), _NO_DOOR)
        return PublishError(f"{self.address.shown} cannot be opened: {told}", hint)


class Locked(PublishBusy):
    """A lock was not to be had in the time that was given."""


_FORM = "write it as postgresql://user@host:5432/database?sslmode=require"
_NO_DOOR = "is the server running, and are host and port right? readers still see what was published before"
_PASSWORD = "give the password by PGPASSWORD, ~/.pgpass or a service file, rather than on the command line"
_DOORS = (
    ("password", _PASSWORD),
    ("does not exist", "look at the names of the database and of the role; `createdb NAME` makes a database"),
    ("pg_hba.conf", "the server's pg_hba.conf decides who may come from where"),
    ("too many", "publish again when there are fewer connections"),
    ("starting up", "publish again in a moment"),
)
"""Words in a refusal, and the way out."""
_FULL = "53100"
_VALUES = ("22003", "22008", "22021", "22P02", "22P05", "22007", "54000", "22P04")
"""Values that a type does not hold."""
_KINDS: dict[str, type[DataSparkError]] = {"2BP01": UsageError, "42939": UsageError, "42602": UsageError}
_HINTS = {
    "42501": (
        'a role with the right to do so can say: GRANT CREATE ON DATABASE "{database}" TO "{user}"; '
        "what another role made must be its own to replace"
    ),
    _FULL: "free some space there and publish again; readers still see what was published before",
    "53200": "the server is out of memory; publish again when it has some",
    "57014": "somebody or a timeout stopped the statement; publish again",
    "25006": "this server only reads: name the one that writes",
    "23505": "the contract promises a key that these rows do not keep: run again, so that its check says which rows",
    "23502": "the contract says `required` of a column that has empty values: run again, so that its check says which rows",
    "22021": "PostgreSQL's texts hold no NUL character: take it out in the model",
    "22P05": "PostgreSQL's jsonb holds no NUL character: take it out in the model",
    "22003": "cast the column to a type that holds the value, in the model",
    "22008": "PostgreSQL's dates go from 4713 BC to 5874897, its timestamps to 294276",
    "2BP01": "drop what depends on it, or make it a plain view: those are made again by themselves",
    "42939": "names that begin with pg_ are PostgreSQL's own: choose another one by --schema",
}


def _library() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise UsageError(
            "publishing needs psycopg, which is not installed", "pip install 'dataspark[postgresql]'"
        ) from error
    return psycopg
