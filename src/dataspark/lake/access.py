"""One endpoint and one key, told to each tool that speaks to S3 in that tool's own words.

How long is waited, and how often something is tried again, is the same for all of them: see `docs/s3.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dataspark.errors import UsageError
from dataspark.lake.credentials import Credentials, find_credentials
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


@dataclass(frozen=True)
class Access:
    """An endpoint and a key for it."""

    settings: StorageSettings
    credentials: Credentials

    @property
    def endpoint(self) -> str:
        """Where requests go, for messages: the URL, or AWS's own in the region."""
        return self.settings.endpoint_url or f"https://s3.{self.settings.region}.amazonaws.com"

    @property
    def plain(self) -> bool:
        """Whether the endpoint speaks HTTP without TLS."""
        return self.endpoint.startswith("http://")

    @property
    def host(self) -> str:
        """The endpoint without its scheme."""
        return self.endpoint.partition("://")[2].rstrip("/")

    def of_bucket(self, bucket: str) -> str:
        """The endpoint as it is given to clients that put the key of an object straight behind it."""
        scheme = self.endpoint.partition("://")[0]
        return self.endpoint.rstrip("/") if self.settings.path_style else f"{scheme}://{bucket}.{self.host}"


def open_access(settings: StorageSettings) -> Access:
    """Find the key that belongs to the settings. Raises UsageError where there is none."""
    credentials = find_credentials(file=settings.credentials_file)
    if credentials is None:
        raise UsageError(
            "an area of the lake is in S3 and there is no key for it",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them to ~/.aws/credentials",
        )
    return Access(settings, credentials)


def for_obstore(access: Access, bucket: str) -> dict[str, Any]:
    """The arguments of an `obstore.store.S3Store`."""
    config: dict[str, Any] = {
        "endpoint": access.of_bucket(bucket),
        "region": access.settings.region,
        "access_key_id": access.credentials.access_key,
        "secret_access_key": access.credentials.secret_key,
        "virtual_hosted_style_request": not access.settings.path_style,
        "conditional_put": "etag",
    }
    if access.credentials.session_token:
        config["session_token"] = access.credentials.session_token
    backoff = {
        "init_backoff": timedelta(seconds=_FIRST_PAUSE),
        "max_backoff": timedelta(seconds=_LONGEST_PAUSE),
        "base": 2,
    }
    return {
        "config": config,
        "client_options": {
            "allow_http": access.plain,
            "allow_invalid_certificates": not access.settings.verify_tls,
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "read_timeout": timedelta(seconds=SILENT_SECONDS),
            "timeout": timedelta(hours=12),  # of a whole transfer, however large: silence has a limit of its own
        },
        "retry_config": {
            "max_retries": _RETRIES,
            "retry_timeout": timedelta(seconds=RETRY_SECONDS),
            "backoff": backoff,
        },
    }


def for_deltalake(access: Access, bucket: str) -> dict[str, str]:
    """The `storage_options` of deltalake."""
    options = {
        "aws_endpoint": access.of_bucket(bucket),
        "aws_region": access.settings.region,
        "aws_access_key_id": access.credentials.access_key,
        "aws_secret_access_key": access.credentials.secret_key,
        "aws_virtual_hosted_style_request": str(not access.settings.path_style).lower(),
        "aws_conditional_put": "etag",
        "allow_http": str(access.plain).lower(),
        "allow_invalid_certificates": str(not access.settings.verify_tls).lower(),
        "connect_timeout": f"{CONNECT_SECONDS}s",
        "timeout": f"{RETRY_SECONDS}s",
        "max_retries": str(_RETRIES),
        "retry_timeout": f"{RETRY_SECONDS}s",
    }
    if access.credentials.session_token:
        options["aws_session_token"] = access.credentials.session_token
    return options


def for_duckdb(access: Access) -> Iterator[str]:
    """The statements that let DuckDB, once httpfs is loaded, read and write `s3://…`."""
    settings, key = access.settings, access.credentials
    said = {
        "TYPE": "s3",
        "KEY_ID": _quoted(key.access_key),
        "SECRET": _quoted(key.secret_key),
        "REGION": _quoted(settings.region),
        "ENDPOINT": _quoted(access.host),
        "URL_STYLE": _quoted("path" if settings.path_style else "vhost"),
        "USE_SSL": str(not access.plain).lower(),
    }
    if key.session_token:
        said["SESSION_TOKEN"] = _quoted(key.session_token)
    yield f"CREATE SECRET dataspark ({', '.join(f'{option} {value}' for option, value in said.items())})"
    verify = str(settings.verify_tls).lower()
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
