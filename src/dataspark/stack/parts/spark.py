"""A Spark master with two workers, from the pyspark package, on loopback and with a secret that all of them share."""

from __future__ import annotations

import importlib.util
import os
from functools import partial
from pathlib import Path

from dataspark.engines.spark.jars import installed_jars
from dataspark.engines.spark.java import java_command
from dataspark.engines.spark.settings import heap
from dataspark.errors import EngineError
from dataspark.stack.folder import make_private, write_private
from dataspark.stack.parts.part import LOOPBACK, Kind, Lack, Part, Sections, Site, answers

_MASTER, _MASTER_PAGE = 7077, 8080
_DAEMONS = {
    # A door at port 6066 through which programs can be sent; it knows no secret.
    "spark.master.rest.enabled": "false",
    "spark.ui.killEnabled": "false",
    "spark.worker.cleanup.enabled": "true",
}
WORKERS = (1, 2)
"""Worker n listens at 7077 + n, and its page is at 8080 + n."""


def _home() -> Path | None:
    found = importlib.util.find_spec("pyspark")
    return Path(found.submodule_search_locations[0]) if found and found.submodule_search_locations else None


def _lack() -> Lack | None:
    if _home() is None:
        return Lack("Spark is not installed", "install it: `pip install 'dataspark[spark]'`")
    try:
        java_command()
        installed_jars()
    except EngineError as error:
        return Lack(error.message, error.hint)
    return None


def _secret(site: Site) -> dict[str, str]:
    return {"spark.authenticate": "true", "spark.authenticate.secret": site.secrets["spark"]}


def _memory() -> int:
    """MiB for each worker: an eighth of the machine, 1 to 4 GiB."""
    return min(4 << 10, max(1 << 10, heap(None) // 4))


def _build(site: Site) -> tuple[Part, ...]:
    folder = site.folder.path / "spark"
    settings = folder / "spark.conf"
    page, master = site.port(_MASTER_PAGE), f"spark://{LOOPBACK}:{site.port(_MASTER)}"
    program = str((_home() or Path()) / "bin" / "spark-class")
    environment = {
        "SPARK_HOME": str(_home()),
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_DAEMON_MEMORY": "512m",
        "SPARK_LOCAL_DIRS": str(folder / "scratch"),
    }

    def prepare() -> None:
        make_private(folder, folder / "scratch")
        write_private(settings, "".join(f"{key} {value}\n" for key, value in {**_DAEMONS, **_secret(site)}.items()))

    common = {"environment": environment, "folder": folder, "prepare": prepare}
    of_master = ("--host", LOOPBACK, "--port", str(site.port(_MASTER)), "--webui-port", str(page))
    parts = [
        Part(
            name="spark",
            title="Spark master",
            command=(program, "org.apache.spark.deploy.master.Master", *of_master, "--properties-file", str(settings)),
            ports={"Spark master": site.port(_MASTER), "its page": page},
            address=master,
            page=f"http://{LOOPBACK}:{page}",
            ready=lambda: answers(f"http://{LOOPBACK}:{page}/json/", b'"ALIVE"'),
            **common,  # type: ignore[arg-type]
        )
    ]
    for number in WORKERS:
        port, own_page = site.port(_MASTER + number), site.port(_MASTER_PAGE + number)
        words = (
            *("--host", LOOPBACK, "--port", str(port), "--webui-port", str(own_page)),
            *("--cores", str(max(1, (os.cpu_count() or 1) // len(WORKERS))), "--memory", f"{_memory()}m"),
            *("--work-dir", str(folder / f"work-{number}"), "--properties-file", str(settings), master),
        )
        parts.append(
            Part(
                name=f"spark-{number}",
                title=f"Spark worker {number}",
                command=(program, "org.apache.spark.deploy.worker.Worker", *words),
                ports={f"Spark worker {number}": port, "its page": own_page},
                address=f"http://{LOOPBACK}:{own_page}",
                ready=partial(_registered, page, port, own_page),
                needs=("spark",),
                **common,  # type: ignore[arg-type]
            )
        )
    return tuple(parts)


def _registered(master_page: int, port: int, own_page: int) -> bool:
    """Whether a worker answers and its master knows it: that alone would be true of its predecessor, too, for a while."""
    master, own = (f"http://{LOOPBACK}:{page}/json/" for page in (master_page, own_page))
    return answers(own, b'"masterurl"') and answers(master, f'"port" : {port},'.encode())


def _profile(site: Site) -> Sections:
    own = {
        **_secret(site),
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.executor.memory": f"{_memory()}m",
    }
    return {"engine": {"name": "spark", "master": f"spark://{LOOPBACK}:{site.port(_MASTER)}", "spark": own}}


SPARK = Kind("spark", _lack, _build, _profile, optional=True)
