"""Problem details (RFC 9457): every way a request can fail, and nothing of the inside in any of them."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from dataspark.errors import DataSparkError, EngineError, LakeBusy, TookTooLong, UsageError
from dataspark.wiring import Workspace

MEDIA_TYPE = "application/problem+json"
LOGGER = logging.getLogger("dataspark.api")


@dataclass(frozen=True)
class Described:
    """What is always the same about one kind of problem."""

    status: int
    title: str
    meaning: str


class Kind(Enum):
    """The kinds of problems; the name in lower case with hyphens is the end of their `type`."""

    UNKNOWN_PATH = Described(404, "Nothing is there", "The path is none of this API's; `/docs` has all of them.")
    UNKNOWN_TABLE = Described(404, "Unknown table", "The release has no table of this name; the nearest name is told.")
    UNKNOWN_COLUMN = Described(404, "Unknown column", "The table has no column of this name; the nearest name is told.")
    UNKNOWN_RELEASE = Described(404, "Unknown release", "There is no release of this name, or none at all yet.")
    UNKNOWN_RUN = Described(404, "Unknown run", "There is no run of this name.")
    UNKNOWN_ROW = Described(404, "Unknown row", "No row has this key.")
    UNKNOWN_KEY = Described(404, "Unknown key", "There is no key of this name.")
    METHOD = Described(
        405, "Wrong method", "The path is there and does not answer to this method; `Allow` has those that it does."
    )
    RELEASE_GONE = Described(410, "Release gone", "Files of an older release were freed; read a newer one.")
    WRONG_FILTER = Described(
        422, "Wrong filter", "A filter is not COLUMN:OPERATOR:VALUE, or its value is not of the column's type."
    )
    WRONG_SORT = Described(422, "Wrong sort", "Rows cannot be sorted by this.")
    WRONG_CURSOR = Described(
        400,
        "Wrong cursor",
        "The cursor is none of this API's, or it belongs to another table, release, sort or filter.",
    )
    WRONG_FORMAT = Described(400, "Wrong format", "`format` names none that there is.")
    WRONG_VALUE = Described(422, "Wrong value", "A parameter or the body is not what it must be; `errors` has each.")
    WRONG_QUERY = Described(
        422, "Wrong query", "The SQL is not one SELECT over the tables of the release, or the engine refuses it."
    )
    TOO_MUCH = Described(
        422, "Too much at once", "The answer is larger than the server gives at once: ask for fewer rows or columns."
    )
    NO_KEY = Described(
        401, "Key needed", "There is no key in `Authorization: Bearer …`, or it is unknown, revoked or over."
    )
    NO_SCOPE = Described(403, "Not allowed", "The key does not have the scope that this needs.")
    HOST = Described(421, "Wrong host", "The server does not go by this name.")
    NOT_ACCEPTABLE = Described(406, "Not acceptable", "`Accept` names no format that there is.")
    TOO_SLOW = Described(408, "Too slow", "The header or the body did not arrive in time.")
    BUSY = Described(
        409, "The lake is busy", "Another run is going on; `Location` has it where this server started it."
    )
    NOT_RUNNING = Described(409, "Not running", "The run is over, or this server did not start it.")
    TOO_LARGE = Described(413, "Body too large", "The body is larger than the server takes.")
    TOO_LONG = Described(414, "Address too long", "Path and query together are longer than the server takes.")
    LONG_HEADER = Described(431, "Header too long", "The header is longer than the server takes.")
    NO_REQUEST = Described(400, "No request", "What was sent is no HTTP request.")
    MEDIA = Described(415, "Wrong type of body", "A body must be `application/json`.")
    TOO_MANY = Described(
        429,
        "Too many requests",
        "The key has used up its requests of this minute; `Retry-After` has the seconds to wait.",
    )
    INTERNAL = Described(500, "Something is wrong here", "A defect. `instance` is in the server's log, too.")
    OVERLOADED = Described(503, "Overloaded", "Too many questions at once; `Retry-After` has the seconds to wait.")
    TIME_LIMIT = Described(503, "Out of time", "The question took longer than it may: ask for less.")
    NOT_READY = Described(
        503, "Not ready", "There is no release yet, or the lake does not answer, or the server is about to end."
    )
    LAKE = Described(503, "The lake is not there", "Storage or engine do not answer; it may help to try again.")
    PROJECT = Described(
        503, "The project is wrong", "The project's files cannot be read as they are now; its people have to look."
    )

    @property
    def slug(self) -> str:
        """Its name in a URI."""
        return self.name.lower().replace("_", "-")

    @property
    def type(self) -> str:
        """The URI that tells it from others, relative to the server."""
        return f"/problems/{self.slug}"


class Problem(Exception):
    """A request that cannot be answered as it wants."""

    def __init__(
        self, kind: Kind, detail: str, hint: str = "", headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.hint = kind, detail, hint
        self.headers, self.more = dict(headers or {}), more

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.kind.value.status

    def body(self, instance: str) -> bytes:
        """The problem as it is sent; `instance` names the request."""
        told = {
            "type": self.kind.type,
            "title": self.kind.value.title,
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:uuid:{instance}",
            **({"hint": self.hint} if self.hint else {}),
            **self.more,
        }
        return json.dumps(told, ensure_ascii=False, default=str).encode("utf-8", "replace")


def retry(seconds: float) -> dict[str, str]:
    """The header that says when to come again."""
    return {"Retry-After": str(max(1, round(seconds)))}


_ENGINE_WORDS = re.compile(r"(?:the query was refused(?: \(line \d+\))?: )?([A-Z][\w ]+ Error: )")
_PATHS = re.compile(r"(?:s3|file|https?)://\S+|(?<![\w.])/(?:[\w.@+-]+/)+[\w.@+-]*")
_CLI = re.compile(r"`?(?:dataspark|pip install) [^`]*`?")


_BY_WORDS = {"has no table": Kind.UNKNOWN_TABLE, "no table `": Kind.UNKNOWN_TABLE, "query": Kind.WRONG_QUERY}


def clean(workspace: Workspace, text: str) -> str:
    """A sentence without places of this machine in it."""
    lake = workspace.project.lake
    for place in (lake.sources, lake.bronze, lake.silver, lake.gold, str(workspace.project.root)):
        text = text.replace(place.rstrip("/"), "…")
    return " ".join(_PATHS.sub("…", text).split())


def of_error(error: DataSparkError, workspace: Workspace) -> Problem:
    """What a caller is told of an error; who runs the server finds the rest in its log."""
    if isinstance(error, TookTooLong):
        return Problem(Kind.TIME_LIMIT, error.message, error.hint, retry(5))
    if isinstance(error, LakeBusy):
        return Problem(Kind.BUSY, "another run is going on", "wait for it to end", retry(10))
    if isinstance(error, UsageError):
        message, hint = error.message, "" if _CLI.search(error.hint) else error.hint
        if "cannot be read any more" in message:
            return Problem(Kind.RELEASE_GONE, message.partition(":")[0], "read a newer release")
        if "has no release yet" in message:
            return Problem(Kind.UNKNOWN_RELEASE, "there is no release yet", "start a run")
        kind = next((kind for words, kind in _BY_WORDS.items() if words in message), Kind.WRONG_VALUE)
        return Problem(
            kind, clean(workspace, _ENGINE_WORDS.sub("the query was refused: ", message)), clean(workspace, hint)
        )
    LOGGER.error("%s: %s", type(error).__name__, error)
    if isinstance(error, EngineError) and error.message.startswith("out of memory"):
        return Problem(Kind.TOO_MUCH, "the question needs more memory than it may take", "ask for less")
    if error.exit_code == 3:
        return Problem(Kind.LAKE, "storage or engine do not answer as they should", headers=retry(5))
    return Problem(Kind.PROJECT, "the project cannot be read as it is now")
