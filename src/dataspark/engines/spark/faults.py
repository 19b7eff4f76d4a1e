"""What Spark raises, as one sentence with a way out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from dataspark.errors import DataSparkError, EngineError, StatementRejected, StorageError
from dataspark.lake.trust import hint_for

_FULL = ("no space left", "disk quota exceeded", "file too large")
_MEMORY = ("outofmemory", "java heap space", "cannot acquire", "unable_to_acquire_memory", "maxresultsize")
_GONE = (
    *("connection refused", "answer from java side is empty", "connection reset", "statuscode.unavailable"),
    *("sparkcontext was shut down", "stopped sparkcontext", "all masters are unresponsive", "error while obtaining"),
)
_STORAGE = ("filenotfound", "failed_read_file", "path_not_found", "permission denied", "accessdenied", "s3exception")
_REFUSED = ("21", "22", "23", "42", "54", "P0", "0A", "07")
"""Classes of SQLSTATE: the statement, or what it met in the data."""


@contextmanager
def spark_errors() -> Iterator[None]:
    """Translate what Spark raises, once, into one sentence without its stack."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        raise _translated(str(error), error.getSqlState() or "") from error
    except (Py4JError, ConnectionError) as error:
        raise _translated(str(error), "") from error
    except ImportError as error:  # what Connect needs and pyspark does not
        raise EngineError(f"Spark lacks a library: {error}", "`pip install 'dataspark[spark-connect]'`") from error


def _translated(message: str, state: str) -> DataSparkError:
    lowered, sentence = message.lower(), _sentence(message)
    if any(words in lowered for words in _FULL):
        return StorageError(f"the disk is full: {sentence}", "free some space and run again")
    if any(words in lowered for words in _MEMORY):
        return EngineError(f"out of memory: {sentence}", "raise `--memory-limit`, or give more executors")
    if hint := hint_for(message):
        return StorageError(f"S3's certificate is not trusted by Spark's Java: {sentence}", hint)
    if any(words in lowered for words in _GONE):
        return EngineError(f"Spark is not there: {sentence}", "is the master right, and does it run?")
    if any(words in lowered for words in _STORAGE):
        return StorageError(sentence)
    return StatementRejected(sentence) if state[:2] in _REFUSED else EngineError(f"Spark failed: {sentence}")


def _sentence(message: str) -> str:
    """What went wrong, of a message with SQL, plans and stacks."""
    found = re.search(r"\[([A-Z][A-Z0-9_.]+)\] (.+?)(?: SQLSTATE:|\n\n|\n==|\n\tat |\Z)", message, re.DOTALL)
    if found:
        return " ".join(found[2].split()).rstrip(".")
    lines = [line.strip() for line in message.splitlines() if line.strip() and not line.lstrip().startswith("at ")]
    told_ = next((line for line in lines if line.startswith(("Caused by:", ": "))), lines[0] if lines else "no reason")
    return re.sub(r"^(Caused by|:)?:? ?(?:[\w$]+\.)+[\w$]+(?:Exception|Error): ", "", told_)[:400]
