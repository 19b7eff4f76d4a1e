"""The S3 server of the tests: SeaweedFS from its wheel, on loopback, in a folder of its own.

`DATASPARK_TEST_S3=http://…` with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` runs the same tests against any other
server. Every test makes buckets of its own names.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from certificates import Authority, Issued

KEY, SECRET = "tester", "tester-secret"
READER, READER_SECRET = "reader", "reader-secret"
"""May read and list, and nothing else."""
DOMAIN = "s3.test"
"""Below it each bucket has a host of its own; no resolver knows it."""
ROLE = "arn:aws:iam::role/loader"
"""What may be assumed at a server with roles, by AWS's own protocol (STS)."""
_PORTS = ("master", "volume", "filer", "s3", "admin")
_ACTIONS = ["Admin", "Read", "List", "Tagging", "Write"]


@dataclass(frozen=True)
class Server:
    """An S3 endpoint and a key that may do everything."""

    url: str
    key: str
    secret: str
    own: bool = True
    """Whether it is ours, with the users that it should have."""
    tls: str = ""
    """The same endpoint with TLS, where it is ours: of `127.0.0.1`, and of `DOMAIN` and each bucket below it."""
    authority: Path = Path()
    """Who issued its certificate (PEM)."""

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to use it."""
        return {
            "DATASPARK_STORAGE_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
        }


@contextmanager
def s3_server(roles: bool = False) -> Iterator[Server]:
    """The server that the environment names, or one that is started and ended here; one with `roles` is always ours."""
    given = None if roles else os.environ.get("DATASPARK_TEST_S3")
    if given:
        yield Server(given, os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], own=False)
        return
    folder = Path(tempfile.mkdtemp(prefix="dataspark-weed-"))
    try:
        authority = Authority(folder)
        with _weed(folder, authority.issue("127.0.0.1", DOMAIN, f"*.{DOMAIN}"), _roles(folder) if roles else ()) as (
            url,
            tls,
        ):
            yield Server(url, KEY, SECRET, tls=tls, authority=authority.file)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _weed(folder: Path, issued: Issued, more: Sequence[str]) -> Iterator[tuple[str, str]]:
    tls, *used = _free_ports(1 + 2 * len(_PORTS))
    ports, grpc = (dict(zip(_PORTS, some, strict=True)) for some in (used[: len(_PORTS)], used[len(_PORTS) :]))
    config = folder / "s3.json"
    config.write_text(
        json.dumps({"identities": [_user(KEY, SECRET, _ACTIONS), _user(READER, READER_SECRET, ["Read", "List"])]})
    )
    (folder / "data").mkdir()
    command = [
        *(str(Path(sys.executable).with_name("weed")), "mini", f"-dir={folder / 'data'}", f"-s3.config={config}"),
        *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0"),
        *("-s3.port.lance=0", "-s3.autoCreateBucket=false", "-master.telemetry=false"),
        *(f"-s3.port.https={tls}", f"-s3.cert.file={issued.certificate}", f"-s3.key.file={issued.key}"),
        *(f"-s3.domainName={DOMAIN}", *(f"-{name}.port={port}" for name, port in ports.items())),
        *(f"-{name}.port.grpc={port}" for name, port in grpc.items()),
        *more,
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True, preexec_fn=end_with_its_parent
        )
    url = f"http://127.0.0.1:{ports['s3']}"
    try:
        _wait(process, url, folder / "log")
        yield url, f"https://127.0.0.1:{tls}"
    finally:
        process.kill()
        process.wait()
        for socket_ in Path(tempfile.gettempdir()).glob("seaweedfs-*.sock"):
            if any(socket_.stem.endswith(f"-{port}") for port in used):
                socket_.unlink(missing_ok=True)


def end_with_its_parent() -> None:
    """A test that is killed can tidy up nothing: on Linux the kernel ends the server then."""
    if sys.platform == "linux":
        parent_died = 1  # PR_SET_PDEATHSIG
        ctypes.CDLL(None).prctl(parent_died, signal.SIGKILL)


def _user(key: str, secret: str, actions: list[str]) -> dict[str, object]:
    return {"name": key, "credentials": [{"accessKey": key, "secretKey": secret}], "actions": actions}


def _roles(folder: Path) -> list[str]:
    """What lets everybody who has a key assume a role that may do everything, for at least a quarter of an hour."""
    everything = {"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}
    everybody = {"Effect": "Allow", "Principal": "*", "Action": ["sts:AssumeRole"]}
    described = {
        "sts": {"issuer": "seaweedfs-sts", "tokenDuration": "1h", "maxSessionLength": "12h", "signingKey": "a2V5" * 11},
        "policies": [{"name": "everything", "document": {"Version": "2012-10-17", "Statement": [everything]}}],
        "roles": [
            {
                "roleName": ROLE.rpartition("/")[2],
                "roleArn": ROLE,
                "attachedPolicies": ["everything"],
                "trustPolicy": {"Version": "2012-10-17", "Statement": [everybody]},
            }
        ],
    }
    (folder / "iam.json").write_text(json.dumps(described))
    return [f"-s3.iam.config={folder / 'iam.json'}"]


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the S3 server did not start:\n{log.read_text(errors='replace')[-4000:]}")
