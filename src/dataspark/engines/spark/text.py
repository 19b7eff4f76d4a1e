"""Identifiers and literals of Spark SQL."""

from __future__ import annotations


def identifier(name: str) -> str:
    """A quoted identifier."""
    return "`" + name.replace("`", "``") + "`"


def literal(value: str) -> str:
    """A string literal: Spark reads backslashes in one."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"


def address(location: str) -> str:
    """A place of the lake (an absolute path, or `s3://…`) as Spark's file systems call it."""
    return f"s3a://{location[5:]}" if location.startswith("s3://") else f"file:{location}"
