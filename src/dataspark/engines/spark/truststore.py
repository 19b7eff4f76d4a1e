"""Certificates that Java shall trust. It reads no PEM, so they are written as a key store of its oldest kind (JKS)."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path

from dataspark.lake.storage import storage_errors

_MAGIC, _VERSION, _CERTIFICATE = 0xFEEDFEED, 2, 2
_PASSWORD = "changeit"
"""Of every such file: certificates are no secret, and it only seals them."""


def write_trust_store(certificates: Sequence[bytes], file: Path) -> list[str]:
    """Write certificates (DER) to `file`, and return the options with which Java trusts them and no others."""
    content = struct.pack(">III", _MAGIC, _VERSION, len(certificates))
    for number, certificate in enumerate(certificates):
        content += struct.pack(">I", _CERTIFICATE) + _text(f"ca{number}") + struct.pack(">Q", 0)
        content += _text("X.509") + struct.pack(">I", len(certificate)) + certificate
    seal = hashlib.sha1(_PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + content, usedforsecurity=False)
    with storage_errors(f"writing {file}"):
        file.write_bytes(content + seal.digest())
    said = {"trustStore": file, "trustStoreType": "jks", "trustStorePassword": _PASSWORD}
    return [f"-Djavax.net.ssl.{name}={value}" for name, value in said.items()]


def _text(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">H", len(encoded)) + encoded
