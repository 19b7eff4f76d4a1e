"""The jars that Spark needs beside its own, pinned here and nowhere else: Delta Lake, and S3 without its huge bundle.

They are fetched once, by `dataspark doctor --install-jars`, into one flat folder that is put on the class path of the
driver and of the executors. A run downloads nothing, and no executor is sent anything.

Each jar is named: what their own descriptions ask for besides is in pyspark already, often newer, or is not needed
(`software.amazon.awssdk:bundle` alone has 686 MB). Ivy, which pyspark brings with it, does the fetching.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

from dataspark.engines.spark.java import java_command
from dataspark.errors import EngineError, UsageError
from dataspark.lake.storage import storage_errors

INSTALL = "dataspark doctor --install-jars"
"""The command that fetches the jars."""
FOLDER_VARIABLE = "DATASPARK_JARS"
"""Where the jars are, instead of a folder of the user's cache: on a cluster, a folder that all machines see."""
IVY_VARIABLE = "DATASPARK_IVY_SETTINGS"
"""An `ivysettings.xml`, where Maven Central is reached through a mirror."""

_PINNED = {
    ("io.delta", "4.4.0"): (
        *("delta-spark_4.2_2.13", "delta-storage"),
        *("delta-kernel-api", "delta-kernel-defaults", "delta-kernel-unitycatalog"),
    ),
    ("io.unitycatalog", "0.6.0"): ("unitycatalog-client", "unitycatalog-hadoop"),
    ("com.fasterxml.jackson.datatype", "2.13.5"): ("jackson-datatype-jdk8",),
    ("org.apache.hadoop", "3.5.0"): ("hadoop-aws",),
    ("software.amazon.awssdk", "2.35.4"): (
        *("s3", "sts", "s3-transfer-manager", "apache-client", "netty-nio-client", "arns", "annotations"),
        *("auth", "aws-core", "aws-query-protocol", "aws-xml-protocol", "checksums", "checksums-spi", "crt-core"),
        *("endpoints-spi", "http-auth", "http-auth-aws", "http-auth-aws-eventstream", "http-auth-spi"),
        *("http-client-spi", "identity-spi", "json-utils", "metrics-spi", "profiles", "protocol-core", "regions"),
        *("retries", "retries-spi", "sdk-core", "third-party-jackson-core", "utils", "utils-lite"),
    ),
    ("software.amazon.s3.analyticsaccelerator", "1.3.1"): ("analyticsaccelerator-s3",),
    ("software.amazon.eventstream", "1.0.1"): ("eventstream",),
    ("org.reactivestreams", "1.0.4"): ("reactive-streams",),
    ("org.wildfly.openssl", "2.2.5.Final"): ("wildfly-openssl",),
}
"""(group, version) → names."""
_CENTRAL = """<ivysettings>
  <settings defaultResolver="central"/>
  <resolvers><ibiblio name="central" m2compatible="true"/></resolvers>
</ivysettings>"""
_TIMEOUT = 900
"""Seconds."""


def coordinates() -> Iterator[tuple[str, str, str]]:
    """(group, name, version) of each jar."""
    for (group, version), names in _PINNED.items():
        yield from ((group, name, version) for name in names)


def jar_folder() -> Path:
    """Where the jars are or will be: another folder for each set of them."""
    if chosen := os.environ.get(FOLDER_VARIABLE):
        return Path(chosen).expanduser()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256(repr(sorted(coordinates())).encode()).hexdigest()
    return cache / "dataspark" / "jars" / digest[:16]


def missing_jars(folder: Path) -> list[str]:
    """The names of the jars that are not in a folder."""
    return [file for file in _files() if not (folder / file).is_file()]


def installed_jars() -> Path:
    """The folder with all jars. Raises EngineError, with the command that fetches them, where one is missing."""
    folder = jar_folder()
    if missing := missing_jars(folder):
        few = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
        raise EngineError(f"Spark lacks jars that belong into {folder}: {few}", f"fetch them once: `{INSTALL}`")
    return folder


def install_jars() -> tuple[Path, bool]:
    """Fetch what is missing. Returns the folder and whether anything was fetched.

    The folder is complete or not there at all, whenever this is interrupted.

    Raises EngineError when the jars cannot be had, StorageError when the folder cannot be written.
    """
    folder = jar_folder()
    if not missing_jars(folder):
        return folder, False
    with storage_errors(f"making {folder}"):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".jars-", dir=folder.parent) as scratch:
            fetched = _fetch(Path(scratch))
            if folder.exists():  # a folder that somebody made beforehand, or that lost some of its jars
                for jar in fetched.iterdir():
                    jar.replace(folder / jar.name)
            else:
                fetched.replace(folder)
    return folder, True


def _files() -> Iterator[str]:
    yield from (f"{name}-{version}.jar" for _group, name, version in coordinates())


def _fetch(scratch: Path) -> Path:
    """Let Ivy fetch the jars into a folder below `scratch`, and return that."""
    target = scratch / "jars"
    (scratch / "ivy.xml").write_text(_description())
    settings = os.environ.get(IVY_VARIABLE)
    if settings and not Path(settings).is_file():
        raise UsageError(f"there is no file {settings}, which {IVY_VARIABLE} names")
    if not settings:
        settings = str(scratch / "ivysettings.xml")
        Path(settings).write_text(_CENTRAL)
    # A cache of its own: where the user's has a description without its jar, Ivy gives up.
    command = [java_command(), "-cp", _ivy(), "org.apache.ivy.Main", "-settings", settings]
    command += ["-cache", str(scratch / "cache"), "-ivy", str(scratch / "ivy.xml"), "-types", "jar", "bundle"]
    command += ["-retrieve", f"{target}/[artifact]-[revision].[ext]"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    except subprocess.TimeoutExpired as error:
        raise EngineError(f"fetching Spark's jars took more than {_TIMEOUT} seconds", _elsewhere()) from error
    if missing := missing_jars(target):
        shutil.rmtree(target, ignore_errors=True)
        said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if _tells(line)]
        raise EngineError(
            f"{len(missing)} of Spark's jars could not be fetched, {missing[0]} for one{': ' if said else ''}"
            + "; ".join(dict.fromkeys(said[:3])),
            _elsewhere(),
        )
    return target


def _elsewhere() -> str:
    return (
        f"is Maven Central within reach? a mirror is named by an ivysettings.xml in {IVY_VARIABLE}; or copy the folder "
        f"from a machine that has it and name it in {FOLDER_VARIABLE}"
    )


def _tells(line: str) -> bool:
    return any(words in line for words in ("not found", "FAILED", "ERROR", "Server access error", "Exception"))


def _ivy() -> str:
    """The class path of the Ivy that pyspark brings."""
    found = importlib.util.find_spec("pyspark")
    if found is None or not found.submodule_search_locations:
        raise EngineError("pyspark is not installed", "install it: `pip install 'dataspark[spark]'`")
    return f"{found.submodule_search_locations[0]}/jars/*"


def _description() -> str:
    wanted = "\n".join(
        f"<dependency org={quoteattr(group)} name={quoteattr(name)} rev={quoteattr(version)} "
        'transitive="false" conf="default->master(*)"/>'
        for group, name, version in coordinates()
    )
    return (
        '<ivy-module version="2.0"><info organisation="dataspark" module="jars"/>'
        f'<configurations><conf name="default"/></configurations><dependencies>{wanted}</dependencies></ivy-module>'
    )
