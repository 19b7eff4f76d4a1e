"""Places of the lake, as Spark's file systems call them."""

from __future__ import annotations


def address(location: str) -> str:
    """A place of the lake (an absolute path, or `s3://…`) as Spark's file systems call it."""
    return f"s3a://{location[5:]}" if location.startswith("s3://") else f"file:{location}"
