"""Keys that are written down: in the environment or in the files that AWS's own tools read, never in settings."""

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
    expires: float | None = None
    """Seconds since 1970; None where it is for ever, or where nobody says until when."""


def find_credentials(environ: Mapping[str, str] | None = None, file: str | None = None) -> Credentials | None:
    """The key in `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, else that of a profile; None where none is written down.

    The profile is `AWS_PROFILE` (else `default`) of `~/.aws/credentials`, or of the file that
    `AWS_SHARED_CREDENTIALS_FILE` names; one that has a `role_arn` is another place's to answer (`lake/awschain.py`). A
    `file` that the settings name wins over all of it, and its profile is `default`.
    Raises UsageError for half a key, and where `file` has none.
    """
    environ = os.environ if environ is None else environ
    if file is not None:
        return _of_file(Path(file).expanduser())
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        return Credentials(key, secret, environ.get("AWS_SESSION_TOKEN") or None)
    if key or secret:
        missing = "AWS_SECRET_ACCESS_KEY" if key else "AWS_ACCESS_KEY_ID"
        raise UsageError(f"half a key: {missing} is not set", "set both, or neither to use ~/.aws/credentials")
    return _of_profile(credentials_file(environ), environ.get("AWS_PROFILE") or "default")


def credentials_file(environ: Mapping[str, str]) -> Path:
    """The file of keys that AWS's own tools read."""
    return Path(environ.get("AWS_SHARED_CREDENTIALS_FILE") or _FILE).expanduser()


def _of_file(path: Path) -> Credentials:
    found = _of_profile(path, "default")
    if found is None:
        raise _no_key(path, "default")
    return found


def _of_profile(path: Path, name: str) -> Credentials | None:
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
    if "role_arn" in section or not (key or secret):
        return None
    if key and secret:
        return Credentials(key, secret, section.get("aws_session_token") or None)
    raise _no_key(path, name)


def _no_key(path: Path, name: str) -> UsageError:
    return UsageError(
        f"{path} has no key for the profile `{name}`",
        "give it aws_access_key_id and aws_secret_access_key, or set another AWS_PROFILE",
    )
