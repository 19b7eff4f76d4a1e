"""AWS's other places for a key: roles, SSO, programs, containers, machines. The only owner of `botocore`.

It is loaded where no key is written down. What it finds is kept while the process lives: it renews itself, and the
servers that it asks are asked no more often than needed.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import threading
from typing import Any

from dataspark.errors import DataSparkError, StorageError, UsageError
from dataspark.lake.credentials import Credentials, credentials_file

_HINT = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them to ~/.aws/credentials"
_MORE = "; `pip install 'dataspark[aws]'` for roles, SSO, containers and machines"
_WRONG = ("ProfileNotFound", "PartialCredentialsError", "ConfigNotFound", "ConfigParseError", "InvalidConfigError")
"""What is wrong in a file of the user's, by botocore's names."""
_ASKING = threading.Lock()
_FOUND: dict[tuple[tuple[str, str], ...], Any] = {}
"""What AWS's variables said → what was found for them."""


def ask_aws() -> Credentials:
    """The key that AWS's own tools would use here.

    Raises UsageError where there is none, or where a profile is wrong; StorageError where one cannot be had just now.
    """
    if importlib.util.find_spec("botocore") is None:
        raise _none(_MORE)
    from botocore.exceptions import BotoCoreError, ClientError

    logging.getLogger("botocore.credentials").setLevel(logging.CRITICAL + 1)  # it is told once, here
    said = tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_")))
    try:
        with _ASKING:
            if said not in _FOUND:
                _FOUND[said] = _resolved()
            return _as_it_is(_FOUND[said])
    except (BotoCoreError, ClientError, RuntimeError, OSError, ValueError, KeyError) as error:
        raise _translated(error) from error


def _resolved() -> Any:
    from botocore.session import Session

    found = Session().get_credentials()
    if found is None:
        raise _none("")
    return found


def _as_it_is(found: Any) -> Credentials:
    """The key at this moment: one that lasts for less than a quarter of an hour is renewed first."""
    key = found.get_frozen_credentials()
    until = getattr(found, "_expiry_time", None)  # there is no public way to ask until when it lasts
    return Credentials(key.access_key, key.secret_key, key.token or None, until.timestamp() if until else None)


def _none(more: str) -> UsageError:
    profile = os.environ.get("AWS_PROFILE")
    if profile:
        return UsageError(
            f"{credentials_file(os.environ)} has no key for the profile `{profile}`",
            f"give it aws_access_key_id and aws_secret_access_key, or set another AWS_PROFILE{more}",
        )
    return UsageError("an area of the lake is in S3 and there is no key for it", f"{_HINT}{more}")


def _translated(error: Exception) -> DataSparkError:
    kind, message = type(error).__name__, " ".join(str(error).split())
    if "custom-process" in message:  # its own words may quote what it was to hand out
        message = "the program of `credential_process` failed, or its answer is no key"
    sentence = f"AWS's own places give no key for S3: {message} ({kind})"
    if kind in _WRONG:
        return UsageError(
            sentence, "mend the profile in ~/.aws/config or ~/.aws/credentials, or set another AWS_PROFILE"
        )
    return StorageError(sentence, "`aws sts get-caller-identity` asks the same places; run again when they answer")
