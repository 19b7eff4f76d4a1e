"""`[storage]`: how the S3 endpoint is reached."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dataspark.errors import Mistake
from dataspark.project.settings import Place, Section, Setting, Settings, folder_of, values_of

_AWS = {
    "endpoint_url": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "ca_file": ("AWS_CA_BUNDLE",),
}
"""What AWS's own tools read, where the project says nothing."""
_FILES = {"ca_file", "credentials_file"}
_ENDPOINT = re.compile(r"https?://[^/\s?#@]+/?")


@dataclass(frozen=True)
class StorageSettings:
    """How the S3 endpoint of areas at `s3://…` is reached. Who one is there is no setting: `lake/credentials.py`."""

    endpoint_url: str | None = None
    """`https://…` or `http://…`; None: AWS's own endpoint of the region."""
    region: str = "us-east-1"
    path_style: bool = True
    """Whether a bucket is the first part of a URL's path, as every server knows it, and not of its host name."""
    verify_tls: bool = True
    """Whether the certificate of an `https://…` endpoint must be a trusted one."""
    ca_file: str | None = None
    """A file with certificates (PEM) of authorities that are trusted; None: those that the system trusts."""
    credentials_file: str | None = None
    """A file like `~/.aws/credentials` whose `default` profile is used, whatever the environment says."""


def read_storage(root: Path, settings: Settings) -> StorageSettings:
    """The endpoint that the settings name."""
    given = values_of("storage", settings)
    for key in _FILES & given.keys():
        given[key] = folder_of(root, given[key])
    return StorageSettings(**given)


def said_by_aws(environ: Mapping[str, str]) -> dict[Place, Setting]:
    """The settings of [storage] that AWS's own variables give."""
    given = ((key, name) for key, names in _AWS.items() for name in reversed(names) if environ.get(name))
    said = {("storage", key): Setting(environ[name], name, 0) for key, name in given}
    if bundle := said.get(("storage", "ca_file")):  # AWS's own tools read it from where they are started
        said["storage", "ca_file"] = replace(bundle, value=str(Path(bundle.value).expanduser().absolute()))
    return said


def _check(root: Path, settings: Settings) -> Iterator[Mistake]:
    endpoint = settings.get(("storage", "endpoint_url"))
    if endpoint and not _ENDPOINT.fullmatch(endpoint.value.strip()):
        yield endpoint.mistake(
            f"`endpoint_url` must be http://HOST[:PORT] or https://HOST[:PORT], not {endpoint.value!r}"
        )


SECTION = Section(
    "storage",
    {
        "endpoint_url": str,
        "region": str,
        "path_style": bool,
        "verify_tls": bool,
        "ca_file": str,
        "credentials_file": str,
    },
    _check,
    where_secrets_are="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write ~/.aws/credentials",
)
