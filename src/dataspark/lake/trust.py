"""TLS to an S3 endpoint: whose certificates are trusted, and what to say where that of the endpoint is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from dataspark.errors import UsageError
from dataspark.project import StorageSettings

if TYPE_CHECKING:  # loading it takes longer than all the rest here, and most lakes do not need it
    import ssl

_TRUST = (
    "name the file with the certificate of its authority in `ca_file` in [storage], or in AWS_CA_BUNDLE; "
    "only `verify_tls = false` goes on without"
)
_RENEW = "have the endpoint's certificate renewed, or look at this machine's clock"
_REASONS = {
    "UnknownIssuer": ("has a certificate whose issuer is not trusted here", _TRUST),
    "CaUsedAsEndEntity": ("has a certificate that is an authority's own, and no server's", "have one issued for it"),
    "Expired": ("has a certificate that has expired", _RENEW),
    "NotValidYet": ("has a certificate that is not valid yet", _RENEW),
    "NotValidForName": ("has a certificate for other names", "write one of them in `endpoint_url` in [storage]"),
}
"""How rustls calls what is wrong with a certificate → what to say of the endpoint, and the way out."""
_REFUSED = re.compile(r"InvalidCertificate\(\s*(\w+)|invalid peer certificate:?\s+(\w+)")
_PLAIN = re.compile(r"InvalidContentType|corrupt message")
_NAME = re.compile(r'Name\(\\*"(.*?)\\*"\)')
_ELSEWHERE = re.compile(
    r"SSL peer certificate or SSH remote key was not OK|Problem with the SSL CA cert"  # curl, in DuckDB
    r"|PKIX path|unable to find valid certification path|SSLHandshakeException"  # Java
)


def require_authorities(settings: StorageSettings) -> None:
    """Raise UsageError where the file of trusted certificates cannot be read, or holds none."""
    if settings.ca_file is None:
        return
    import ssl

    try:
        ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:  # an SSLError is one, too
        wrong = "holds no certificate" if isinstance(error, ssl.SSLError) else f"cannot be read: {error.strerror}"
        raise UsageError(
            f"the file of trusted certificates {settings.ca_file} {wrong}",
            "`ca_file` in [storage] and AWS_CA_BUNDLE name a file of PEM certificates (-----BEGIN CERTIFICATE-----)",
        ) from error


def context(settings: StorageSettings) -> ssl.SSLContext:
    """The same trust for a request by Python itself."""
    import ssl

    made = ssl.create_default_context(cafile=settings.ca_file if settings.verify_tls else None)
    if not settings.verify_tls:
        made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    return made


def refusal(told: str) -> tuple[str, str] | None:
    """What is wrong with an endpoint's TLS by a client's message, and the way out; None where it is something else."""
    if found := _REFUSED.search(told):
        kind = (found[1] or found[2]).removesuffix("Context")
        words, hint = _REASONS.get(kind, (f"has a certificate that is refused ({kind})", _TRUST))
        names = ", ".join(dict.fromkeys(_NAME.findall(told))) if kind == "NotValidForName" else ""
        return (f"{words}: {names}" if names else words), hint
    if _PLAIN.search(told):
        return "does not speak TLS", "write http://… as `endpoint_url` in [storage] if that is meant"
    if "HTTP request to an HTTPS server" in told:
        return "speaks TLS and nothing else", "write https://… as `endpoint_url` in [storage]"
    return None


def hint_for(told: str) -> str:
    """The way out where an engine refuses a certificate; empty where its message is about something else."""
    return _TRUST if _ELSEWHERE.search(told) else ""


def certificates(file: str) -> list[bytes]:
    """The certificates of a file, each in DER."""
    import ssl

    text = Path(file).read_text(encoding="utf-8", errors="replace")
    found = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.DOTALL)
    return [ssl.PEM_cert_to_DER_cert(one) for one in found]
