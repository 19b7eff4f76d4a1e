"""What an S3 server's answers mean: a bucket that is not there is made, an error becomes a sentence with a way out."""

from __future__ import annotations

import re
import urllib.error
import urllib.request

from dataspark.errors import StorageError
from dataspark.lake import access as limits
from dataspark.lake import trust
from dataspark.lake.access import Access
from dataspark.lake.storage import Unanswered, one_line

_KEY = "look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or at AWS_PROFILE"
_CODES = {
    "InvalidAccessKeyId": ("does not know the key {key}", _KEY),
    "SignatureDoesNotMatch": ("does not accept the secret of the key {key}", _KEY),
    "ExpiredToken": ("says that the token of the key {key} has expired", "get a new one"),
    "InvalidToken": ("does not accept the token of the key {key}", _KEY),
    "AccessDenied": ("does not allow it to the key {key}", "have the permission given to it, or use another key"),
    "NoSuchBucket": ("has no such bucket", "`dataspark run` makes buckets that are missing; or make it, or mend its name"),
    "RequestTimeTooSkewed": ("says that this machine's clock is wrong", "set the clock"),
    "AuthorizationHeaderMalformed": ("does not accept the region", "set `region` in [storage]"),
    "PermanentRedirect": ("has the bucket in another region", "set `region` in [storage]"),
}  # fmt: skip
_THROTTLED = re.compile(r"\b(503|429)\b|SlowDown|TooManyRequests")
_AWAY = "nothing is lost: run again when it answers"


class BucketTaken(StorageError):
    """A bucket is there and was made by somebody else."""


def is_missing(error: Exception) -> bool:
    """Whether the bucket itself is not there."""
    return "NoSuchBucket" in str(error)


def is_broken_off(error: Exception) -> bool:
    """Whether an answer began and did not come to its end, or none came."""
    return "<Code>" not in str(error) and "HTTP error" in str(error)


def storage_error(access: Access, doing: str, error: Exception) -> StorageError:
    """Say in one sentence what a server answered, or that it did not."""
    told = one_line(error).partition(" Debug source")[0]
    who = f"the S3 endpoint {access.endpoint}"
    if refused := trust.refusal(one_line(error)):
        return StorageError(f"{doing} failed: {who} {refused[0]}", refused[1])
    code = re.search(r"<Code>(\w+)</Code>", told)
    if code and code[1] in _CODES:
        words, hint = _CODES[code[1]]
        return StorageError(f"{doing} failed: {who} {words.format(key=access.access_key)}", hint)
    if _THROTTLED.search(told):
        return StorageError(
            f"{doing} failed: {who} asks to slow down and did so for {limits.RETRY_SECONDS:.0f} s",
            "run again later: nothing is lost",
        )
    if " 403 " in told:  # an answer to HEAD has no body
        return StorageError(f"{doing} failed: {who} does not allow it to the key {access.access_key}", _KEY)
    if "error sending request" in told or "HTTP error" in told or "timed out" in told.lower():
        return Unanswered(
            f"{doing} failed: {who} does not answer (tried for up to {limits.RETRY_SECONDS:.0f} s)",
            f"look at `endpoint_url` in [storage] and at the server; {_AWAY}",
        )
    return StorageError(f"{doing} failed: {who} answered: {_short(told)}", _AWAY)


def _short(told: str) -> str:
    message = re.search(r"<Message>(.*?)</Message>", told, re.DOTALL)
    status = re.search(r"status code:? (\d+ [A-Z][\w ]+)", told)
    known = " ".join(found[1] for found in (status, message) if found)
    return " ".join((known or told).split())[:300]


def untrusted(access: Access, error: Exception) -> StorageError | None:
    """What to say where an endpoint's TLS is refused; None where something else is the matter, or nothing."""
    refused = trust.refusal(one_line(error))
    return StorageError(f"the S3 endpoint {access.endpoint} {refused[0]}", refused[1]) if refused else None


def make_bucket(access: Access, bucket: str, url: str) -> None:
    """Make a bucket unless it is there, by a `PUT` to its signed URL. Raises StorageError; BucketTaken where it is another's."""
    request = urllib.request.Request(url, _where(access), method="PUT")
    context = None if access.plain else trust.context(access.settings)
    try:
        with urllib.request.urlopen(request, timeout=limits.CONNECT_SECONDS + limits.SILENT_SECONDS, context=context):
            return
    except urllib.error.HTTPError as error:
        body = error.read().decode(errors="replace")
        if error.code == 409 and "BucketAlreadyExists" not in body.replace("BucketAlreadyOwnedByYou", ""):
            return  # made already, or by another process at this very moment
        told = f"status code: {error.code} {error.reason} {body}"
        if error.code == 409:
            raise BucketTaken(
                f"the bucket {bucket} belongs to somebody else at {access.endpoint}", "choose another name in [lake]"
            ) from error
        raise storage_error(access, f"making the bucket {bucket}", StorageError(told)) from error
    except OSError as error:
        raise storage_error(access, f"making the bucket {bucket}", StorageError(f"HTTP error {error}")) from error


def _where(access: Access) -> bytes:
    """What AWS wants to hear where a bucket shall not be in its first region."""
    if access.settings.region == "us-east-1" or access.settings.endpoint_url:
        return b""
    return (
        '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>'
        f"{access.settings.region}</LocationConstraint></CreateBucketConfiguration>"
    ).encode()
