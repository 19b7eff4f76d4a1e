"""Who one is at an S3 endpoint: from the environment or from the files that AWS's own tools read, never from settings."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from dataspark.errors import UsageError

_FILE = "~/.aws/credentials"


@dataclass(frozen=True)
class Credentials:
    """A key. Its secret parts are not in its `repr`."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


def find_credentials(environ: Mapping[str, str] | None = None, file: str | None = None) -> Credentials | None:
    """The key in `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, else that of a profile; None where there is none.

    The profile is `AWS_PROFILE` (else `default`) of `~/.aws/credentials`, or of the file that
    `AWS_SHARED_CREDENTIALS_FILE` names. A `file` that the settings name wins over all of it, and its profile is `default`.
    Raises UsageError when a profile that was asked for is not there or half there.
    """
    environ = os.environ if environ is None else environ
    if file is not None:
        return _of_profile({"AWS_SHARED_CREDENTIALS_FILE": file, "AWS_PROFILE": "default"})
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        return Credentials(key, secret, environ.get("AWS_SESSION_TOKEN") or None)
    if key or secret:
        missing = "AWS_SECRET_ACCESS_KEY" if key else "AWS_ACCESS_KEY_ID"
        raise UsageError(f"half a key: {missing} is not set", "set both, or neither to use ~/.aws/credentials")
    return _of_profile(environ)


def _of_profile(environ: Mapping[str, str]) -> Credentials | None:
    path = Path(environ.get("AWS_SHARED_CREDENTIALS_FILE") or _FILE).expanduser()
    asked = environ.get("AWS_PROFILE")
    name = asked or "default"
    known = configparser.RawConfigParser()
    try:
        known.read_string(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        pass
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        # Not what the parser says: it quotes lines, and a line may be a secret.
        raise UsageError(f"{path} cannot be read: {type(error).__name__}") from None
    section = known[name] if known.has_section(name) else {}
    key, secret = section.get("aws_access_key_id"), section.get("aws_secret_access_key")
    if key and secret:
        return Credentials(key, secret, section.get("aws_session_token") or None)
    if asked or section:
        raise UsageError(
            f"{path} has no key for the profile `{name}`",
            "give it aws_access_key_id and aws_secret_access_key, or set another AWS_PROFILE",
        )
    return None
