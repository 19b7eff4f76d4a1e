"""One endpoint and one key, told to each tool that speaks to S3 in that tool's own words.

How long is waited, and how often something is tried again, is the same for all of them: see `docs/s3.md`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from dataspark.errors import StorageError, UsageError
from dataspark.lake.awschain import ask_aws
from dataspark.lake.credentials import Credentials, find_credentials
from dataspark.lake.trust import require_authorities
from dataspark.project import StorageSettings

RETRY_SECONDS = 30
"""From the first try of a request on: after that nothing is tried again."""
_RETRIES = 8
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 8.0
"""Seconds between tries; the pause doubles."""
ENGINE_RETRIES = 5
"""After 0.1, 0.3, 0.9, 2.7 and 8.1 seconds."""
CONNECT_SECONDS = 5
SILENT_SECONDS = 20
"""Without a byte, after which an answer is given up."""


RENEWED = 300
"""Seconds before its end at which a key is given up for a newer one; of a short-lived one, half of its life."""
_ASKED_AGAIN = 10
"""Seconds after which a newer key is asked for again at the earliest."""


class Access:
    """An endpoint and a key for it."""

    def __init__(
        self,
        settings: StorageSettings,
        credentials: Credentials,
        find: Callable[[], Credentials] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`find` is where a newer key comes from when this one is about to expire."""
        self.settings = settings
        self._find, self._clock = find, clock
        self._renewing = threading.Lock()
        self._take(credentials)

    @property
    def credentials(self) -> Credentials:
        """The key; one that is about to expire is replaced first. Raises StorageError where it is over and none is had."""
        if self.until is not None and self._find and self._clock() >= self.until:
            with self._renewing:
                if self._clock() >= self.until:
                    self._renew(self._find)
        return self._key

    @property
    def access_key(self) -> str:
        """What the key is called, for messages."""
        return self._key.access_key

    def _renew(self, find: Callable[[], Credentials]) -> None:
        try:
            self._take(find())
        except (UsageError, StorageError) as error:
            if self._clock() >= (self._key.expires or 0):
                raise StorageError(error.message, error.hint) from error  # what was usable once, the world has changed
            self._take(self._key)  # it holds for a while yet: asked again soon

    def _take(self, key: Credentials) -> None:
        self._key = key
        self.until: float | None = None
        """From when on (seconds since 1970) whoever was told the key must be told a newer one; None: never."""
        if key.expires is not None:
            now = self._clock()
            self.until = max(now + _ASKED_AGAIN, key.expires - min(RENEWED, (key.expires - now) / 2))

    @property
    def endpoint(self) -> str:
        """Where requests go, for messages: the URL, or AWS's own in the region."""
        return self.settings.endpoint_url or f"https://s3.{self.settings.region}.amazonaws.com"

    @property
    def plain(self) -> bool:
        """Whether the endpoint speaks HTTP without TLS."""
        return self.endpoint.startswith("http://")

    @property
    def ca_file(self) -> str | None:
        """The file of the certificates that are trusted; None: those that the system trusts, or all."""
        return self.settings.ca_file if self.settings.verify_tls and not self.plain else None

    @property
    def host(self) -> str:
        """The endpoint without its scheme."""
        return self.endpoint.partition("://")[2].rstrip("/")

    def of_bucket(self, bucket: str) -> str:
        """The endpoint as it is given to clients that put the key of an object straight behind it."""
        scheme = self.endpoint.partition("://")[0]
        return self.endpoint.rstrip("/") if self.settings.path_style else f"{scheme}://{bucket}.{self.host}"


def open_access(settings: StorageSettings) -> Access:
    """Find the key that belongs to the settings: one that is written down, else the one that AWS's own tools would use.

    Raises UsageError where there is none, and for a file of certificates that has none; StorageError where a key cannot
    be had just now.
    """
    require_authorities(settings)

    def find() -> Credentials:
        return find_credentials(file=settings.credentials_file) or ask_aws()

    return Access(settings, find(), find)


def for_obstore(access: Access, bucket: str) -> dict[str, Any]:
    """The arguments of an `obstore.store.S3Store`."""
    key = access.credentials
    config: dict[str, Any] = {
        "endpoint": access.of_bucket(bucket),
        "region": access.settings.region,
        "access_key_id": key.access_key,
        "secret_access_key": key.secret_key,
        "virtual_hosted_style_request": not access.settings.path_style,
        "conditional_put": "etag",
    }
    if key.session_token:
        config["session_token"] = key.session_token
    backoff = {
        "init_backoff": timedelta(seconds=_FIRST_PAUSE),
        "max_backoff": timedelta(seconds=_LONGEST_PAUSE),
        "base": 2,
    }
    client: dict[str, Any] = {
        "allow_http": access.plain,
        "allow_invalid_certificates": not access.settings.verify_tls,
        "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
        "read_timeout": timedelta(seconds=SILENT_SECONDS),
        "timeout": timedelta(hours=12),  # of a whole transfer, however large: silence has a limit of its own
    }
    if access.ca_file:
        client["root_certificate"] = Path(access.ca_file).read_bytes()
    return {
        "config": config,
        "client_options": client,
        "retry_config": {
            "max_retries": _RETRIES,
            "retry_timeout": timedelta(seconds=RETRY_SECONDS),
            "backoff": backoff,
        },
    }


def for_deltalake(access: Access, bucket: str) -> dict[str, str]:
    """The `storage_options` of deltalake."""
    key = access.credentials
    options = {
        "aws_endpoint": access.of_bucket(bucket),
        "aws_region": access.settings.region,
        "aws_access_key_id": key.access_key,
        "aws_secret_access_key": key.secret_key,
        "aws_virtual_hosted_style_request": str(not access.settings.path_style).lower(),
        "aws_conditional_put": "etag",
        "allow_http": str(access.plain).lower(),
        "allow_invalid_certificates": str(not access.settings.verify_tls).lower(),
        "connect_timeout": f"{CONNECT_SECONDS}s",
        "timeout": f"{RETRY_SECONDS}s",
        "max_retries": str(_RETRIES),
        "retry_timeout": f"{RETRY_SECONDS}s",
    }
    if key.session_token:
        options["aws_session_token"] = key.session_token
    if access.ca_file:
        options["certificate_path"] = access.ca_file
    return options


def for_duckdb(access: Access) -> Iterator[str]:
    """The statements that let DuckDB, once httpfs is loaded, read and write `s3://…`."""
    yield _secret(access, access.credentials)
    if access.ca_file:
        yield f"SET ca_cert_file = {_quoted(access.ca_file)}"
    verify = str(access.settings.verify_tls).lower()
    # A table's files are never written again, so that what was seen of one holds; names may have any character.
    yield "SET validate_external_file_cache = 'NO_VALIDATION'"
    yield "SET s3_url_compatibility_mode = true"
    yield "SET httpfs_connection_caching = true"
    yield f"SET enable_curl_server_cert_verification = {verify}"
    yield f"SET enable_server_cert_verification = {verify}"
    yield f"SET http_timeout = {SILENT_SECONDS}"
    yield f"SET http_retries = {ENGINE_RETRIES}"
    yield "SET http_retry_wait_ms = 100"
    yield "SET http_retry_backoff = 3"


def renewals(access: Access) -> Callable[[], list[str]]:
    """What to ask before each statement: it answers with what DuckDB must be told, once for each newer key."""
    told, telling = access.credentials, threading.Lock()

    def news() -> list[str]:
        nonlocal told
        with telling:
            key = access.credentials
            if key is told:
                return []
            told = key
            return [_secret(access, key)]

    return news


def _secret(access: Access, key: Credentials) -> str:
    said = {
        "TYPE": "s3",
        "KEY_ID": _quoted(key.access_key),
        "SECRET": _quoted(key.secret_key),
        "REGION": _quoted(access.settings.region),
        "ENDPOINT": _quoted(access.host),
        "URL_STYLE": _quoted("path" if access.settings.path_style else "vhost"),
        "USE_SSL": str(not access.plain).lower(),
    }
    if key.session_token:
        said["SESSION_TOKEN"] = _quoted(key.session_token)
    return f"CREATE OR REPLACE SECRET dataspark ({', '.join(f'{option} {value}' for option, value in said.items())})"


def for_spark(access: Access) -> dict[str, str]:
    """The settings of Spark's file system `s3a`. Raises UsageError for what it cannot be told."""
    settings, key = access.settings, access.credentials
    if not settings.verify_tls:
        raise UsageError(
            "Spark always verifies the certificate of an endpoint", "let its Java trust it, and set `verify_tls = true`"
        )
    kind = "Temporary" if key.session_token else "Simple"
    told = {
        "fs.s3a.endpoint": access.endpoint,
        "fs.s3a.endpoint.region": settings.region,
        "fs.s3a.path.style.access": str(settings.path_style).lower(),
        "fs.s3a.connection.ssl.enabled": str(not access.plain).lower(),
        "fs.s3a.aws.credentials.provider": f"org.apache.hadoop.fs.s3a.{kind}AWSCredentialsProvider",
        "fs.s3a.access.key": key.access_key,
        "fs.s3a.secret.key": key.secret_key,
    }
    return {**told, "fs.s3a.session.token": key.session_token} if key.session_token else told


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
