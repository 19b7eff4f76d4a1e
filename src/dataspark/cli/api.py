"""`dataspark api`: the HTTP API, and the keys to it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dataspark.cli.groups import ListByDefault, ServeByDefault
from dataspark.cli.options import JsonOption, LogFormat, LogFormatOption, ProfileOption, ProjectOption
from dataspark.cli.output import answer, calling, note, paint, say
from dataspark.errors import UsageError

if TYPE_CHECKING:
    from dataspark.api.keys import Keys

app = typer.Typer(
    cls=ServeByDefault,
    help="Serve tables, KPIs, runs and quality over HTTP.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
key_app = typer.Typer(
    cls=ListByDefault,
    help="Make, list and revoke keys of the API.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(key_app, name="key")
_PACKAGES = ("fastapi", "uvicorn", "uvloop", "httptools", "limits", "prometheus_client", "pyarrow")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the key is called: `dashboard`.")]
HostOption = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")]
PortOption = Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0: any that is free.")]
OpenOption = Annotated[
    bool, typer.Option("--open", help="Let everybody on this machine read without a key; only at a loopback address.")
]
CertificateOption = Annotated[
    Path | None,
    typer.Option("--tls-cert", metavar="FILE", help="Speak https with this certificate.", show_default=False),
]
PrivateKeyOption = Annotated[
    Path | None, typer.Option("--tls-key", metavar="FILE", help="The certificate's private key.", show_default=False)
]


@app.command("serve")
def serve(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8000,
    open_: OpenOption = False,
    tls_cert: CertificateOption = None,
    tls_key: PrivateKeyOption = None,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    log_format: LogFormatOption = None,
    as_json: JsonOption = False,
) -> None:
    """Serve the project until stopped.

    This is what `dataspark api` does when no command is named: `dataspark api --port 9000`.
    """
    _require_installed()
    _require_careful(host, open_, tls_cert, tls_key)
    from dataspark.api.keys import KeyRing, Keys
    from dataspark.api.server import Listening, serve_project
    from dataspark.api.service import Address
    from dataspark.wiring import open_workspace

    workspace = open_workspace(project, profile)
    workspace.require_plan()
    name = workspace.project.name
    ring = KeyRing(Keys(Path(workspace.project.api.keys_file)))
    ring.refresh()
    if not open_ and not len(ring):
        create = calling(project, profile)("api key create NAME --scope read")
        raise UsageError(
            f"the API of {name} has no key, so nobody could read it",
            f"make one: `{create}`; or `--open` lets everybody on this machine read",
        )

    def tell(url: str) -> None:
        if as_json:
            answer({"address": url, "docs": f"{url}/docs"})
            return
        say(f"{name} is served at {url}")
        note(f"{url}/docs has all paths; stop with Ctrl-C")
        if host not in _LOOPBACK and not tls_cert:
            note(_WARNING)

    listening = Listening(host, port, *(str(one) if one else None for one in (tls_cert, tls_key)))
    with _logging(log_format):
        serve_project(Address(project.resolve(), profile, open_), listening, tell)
    if not as_json:
        note("stopped")


_WARNING = (
    "warning: keys and rows cross the network as they are: put a server that speaks TLS in front, or give --tls-cert"
)


@contextmanager
def _logging(log_format: LogFormat | None) -> Iterator[None]:
    from dataspark.telemetry import logs

    with logs.logging_to(sys.stderr, (log_format or LogFormat.TEXT).value):
        yield


@key_app.command("create")
def create_key(
    name: NameArgument,
    scope: Annotated[
        list[str],
        typer.Option("--scope", metavar="SCOPE", help="read, run, admin, unmasked; several by commas or repeated."),
    ],
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="AGE", help="When it ends: 90d, 12h.", show_default="never")
    ] = None,
    project: ProjectOption = Path(),
    profile: ProfileOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key. It is shown once: only its hash is kept."""
    scopes = [word for given in scope for word in given.split(",") if word.strip()]
    token, key = _keys(project, profile).create(name, scopes, expires)
    if as_json:
        answer({"key": token, **key.as_json()})
        return
    say(token)
    until = f", until {key.expires}" if key.expires else ""
    note(f"key `{key.name}` may {', '.join(key.scopes)}{until}; it is not shown again")


@key_app.command("list")
def list_keys(project: ProjectOption = Path(), profile: ProfileOption = None, as_json: JsonOption = False) -> None:
    """List the keys: names, last characters, scopes, dates."""
    from dataspark.rendering.api import keys_text

    found = _keys(project, profile).all()
    if as_json:
        answer([one.as_json() for one in found])
    else:
        say(keys_text([one.as_json() for one in found], paint()))


@key_app.command("revoke")
def revoke_key(
    name: NameArgument, project: ProjectOption = Path(), profile: ProfileOption = None, as_json: JsonOption = False
) -> None:
    """Make a key worthless; servers that are up know within two seconds."""
    key = _keys(project, profile).revoke(name)
    if as_json:
        answer(key.as_json())
    else:
        say(f"key `{key.name}` (…{key.ending}) opens nothing any more")


def _keys(project: Path, profile: str | None) -> Keys:
    from dataspark.api.keys import Keys
    from dataspark.wiring import open_workspace

    return Keys(Path(open_workspace(project, profile).project.api.keys_file))


def _require_installed() -> None:
    missing = [one for one in _PACKAGES if not find_spec(one)]
    if missing:
        raise UsageError(f"the API needs {', '.join(missing)}, which is not installed", "pip install 'dataspark[api]'")


def _require_careful(host: str, open_: bool, tls_cert: Path | None, tls_key: Path | None) -> None:
    if open_ and host not in _LOOPBACK:
        raise UsageError(f"`--open` at {host} would let the whole network read", "leave `--host` out, or make keys")
    if bool(tls_cert) != bool(tls_key):
        raise UsageError("a certificate and its private key belong together", "give `--tls-cert` and `--tls-key`")
