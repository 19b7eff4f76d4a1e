"""S3 behind TLS, and with each bucket on a host of its own: every client trusts what it shall, and nothing else."""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from certificates import Authority, Issued
from cli.calling import dataspark
from conftest import place_in_s3
from connectproxy import connect_proxy
from dataspark.engines.duckdb.session import Session
from dataspark.engines.spark.truststore import write_trust_store
from dataspark.errors import ProjectError, StorageError, UsageError
from dataspark.lake import access, objects
from dataspark.lake.areas import buckets
from dataspark.lake.trust import certificates
from dataspark.project import EngineSettings, StorageSettings, read_project
from dataspark.wiring import open_workspace
from s3server import DOMAIN, Server
from sparks import require_spark
from test_incremental import HEADERS, arrive, lab
from test_killed import FIRST
from workbench import Bench, csv


@pytest.fixture
def secure(server: Server, s3: str, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Every area is at the endpoint with TLS, that nobody trusts yet and that nobody has met."""
    if not server.own:
        pytest.skip("only of our own server it is known who issued its certificate")
    place_in_s3(s3, monkeypatch)
    monkeypatch.setenv("DATASPARK_STORAGE_ENDPOINT_URL", server.tls)
    monkeypatch.setattr(objects, "_MET", set())
    return server


def whole_way(bench: Bench, folder: Path, rows: int = 1000) -> None:
    """Upload, run, run again, ask, look after: whatever a client does, it does here; 90,000 rows go up in parts."""
    local = folder / "visits_001.csv"
    local.write_text(csv(HEADERS["visits"], *(f"{n},{'x' * 100}" for n in range(rows))))
    assert dataspark("upload", local, project=bench.root).code == 0
    done = dataspark("run", "--as-of", "2025-06-15", "--json", project=bench.root)
    assert (done.code, done.json["release"]) == (0, "r000001"), done.err
    arrive(bench, 2, FIRST)
    assert dataspark("run", "--as-of", "2025-06-15", project=bench.root).code == 0
    asked = dataspark("query", "SELECT count(*) AS n FROM silver.visits", "--json", project=bench.root)
    assert asked.json == [{"n": rows + 2}]
    looked = dataspark("doctor", "--json", project=bench.root)
    assert looked.code == 0, looked.out


@pytest.mark.parametrize("said", ["DATASPARK_STORAGE_CA_FILE", "AWS_CA_BUNDLE", "DATASPARK_STORAGE_VERIFY_TLS"])
def test_a_lake_behind_tls(tmp_path: Path, secure: Server, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """With an authority of one's own by our setting or by AWS's, and without looking at the certificate at all."""
    monkeypatch.setenv(said, "false" if said.endswith("TLS") else str(secure.authority))
    whole_way(lab(tmp_path / "lab", "keep"), tmp_path, 90_000 if said == "AWS_CA_BUNDLE" else 1000)


def test_a_bucket_is_a_host(tmp_path: Path, secure: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """`path_style = false`, with names that only a proxy knows."""
    port = urlsplit(secure.tls).port
    assert port
    monkeypatch.setenv("DATASPARK_STORAGE_ENDPOINT_URL", f"https://{DOMAIN}:{port}")
    monkeypatch.setenv("DATASPARK_STORAGE_PATH_STYLE", "false")
    monkeypatch.setenv("DATASPARK_STORAGE_CA_FILE", str(secure.authority))
    with connect_proxy(port) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        whole_way(lab(tmp_path / "lab", "keep"), tmp_path)
    assert proxy.hosts == {f"dataspark-test-raw.{DOMAIN}", f"dataspark-test-lake.{DOMAIN}"}


@pytest.mark.parametrize("ours", [False, True])
def test_an_authority_that_nobody_knows(
    tmp_path: Path, secure: Server, monkeypatch: pytest.MonkeyPatch, ours: bool
) -> None:
    """The error comes at once: trying again helps nobody. That another authority is trusted changes nothing."""
    if ours:
        monkeypatch.setenv("DATASPARK_STORAGE_CA_FILE", str(Authority(tmp_path, "stranger").file))
    bench, begun = lab(tmp_path / "lab", "keep"), time.monotonic()
    told = dataspark("run", project=bench.root)
    assert time.monotonic() - begun < 4
    assert told.code == 3
    words = " ".join(told.err.split())
    assert f"the S3 endpoint {secure.tls} has a certificate whose issuer is not trusted here" in words
    assert "in `ca_file` in [storage], or in AWS_CA_BUNDLE" in words
    assert dataspark("doctor", project=bench.root).code == 3


def test_no_engine_trusts_a_stranger(tmp_path: Path, secure: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB is told of the same authorities, and of no others."""
    monkeypatch.setattr(access, "ENGINE_RETRIES", 1)
    monkeypatch.setenv("DATASPARK_STORAGE_CA_FILE", str(Authority(tmp_path, "stranger").file))
    session = Session(EngineSettings(), open_workspace(lab(tmp_path / "lab", "keep").root).lake.remote_statements())
    try:
        with pytest.raises(StorageError, match="SSL peer certificate") as told:
            session.rows("FROM read_csv('s3://dataspark-test-raw/none.csv')")
    finally:
        session.close()
    assert "`ca_file` in [storage]" in told.value.hint


class _Nothing(BaseHTTPRequestHandler):
    """An S3 server that has nothing."""

    def do_HEAD(self) -> None:
        self.send_error(404)

    do_GET = do_HEAD  # noqa: N815 - as the library calls it

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients that break off are what these tests are about."""


@contextmanager
def nothing(issued: Issued | None) -> Iterator[int]:
    """The port of a server that has nothing, with TLS where a certificate is given."""
    server = _Server(("127.0.0.1", 0), _Nothing)
    if issued:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.certificate, issued.key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("hosts", "lasts", "told"),
    [
        (("127.0.0.1",), -timedelta(minutes=5), "has a certificate that has expired"),
        (("elsewhere.test", "other.test"), timedelta(hours=1), "for other names: elsewhere.test, other.test"),
        ((), timedelta(), "does not speak TLS"),
    ],
)
def test_what_is_wrong_with_a_certificate(
    tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch, hosts: tuple[str, ...], lasts: timedelta, told: str
) -> None:
    authority = Authority(tmp_path)
    place_in_s3(s3, monkeypatch)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(authority.file))
    workspace = lab(tmp_path / "lab", "keep")
    with nothing(authority.issue(*hosts, lasts=lasts) if hosts else None) as port:
        monkeypatch.setenv("DATASPARK_STORAGE_ENDPOINT_URL", f"https://127.0.0.1:{port}")
        with pytest.raises(StorageError, match=f"the S3 endpoint https://127.0.0.1:{port} .*{told}"):
            workspace.workspace.lake.release()


def test_a_server_that_speaks_only_tls(tmp_path: Path, secure: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATASPARK_STORAGE_ENDPOINT_URL", secure.tls.replace("https", "http"))
    with pytest.raises(StorageError, match="speaks TLS and nothing else"):
        lab(tmp_path, "keep").workspace.lake.release()


@pytest.mark.parametrize(
    ("content", "told"), [(None, "cannot be read: No such file"), ("no certificate", "holds no certificate")]
)
def test_a_file_without_certificates(tmp_path: Path, content: str | None, told: str) -> None:
    if content:
        (tmp_path / "ca.pem").write_text(content)
    bench = Bench.of_files(tmp_path, {"dataspark.toml": '[lake]\ngold = "s3://lake"\n[storage]\nca_file = "ca.pem"\n'})
    with pytest.raises(UsageError, match=f"the file of trusted certificates {tmp_path}/ca.pem {told}"):
        bench.workspace.lake  # noqa: B018


def test_where_the_authorities_come_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path.parent)
    (tmp_path / "dataspark.toml").write_text("")
    found = read_project(tmp_path, environ={"AWS_CA_BUNDLE": "corp.pem"}).storage
    assert found == StorageSettings(ca_file=str(tmp_path.parent / "corp.pem")), "from where the command is started"
    (tmp_path / "dataspark.toml").write_text('[storage]\nca_file = "own.pem"\n')
    found = read_project(tmp_path, environ={"AWS_CA_BUNDLE": "corp.pem"}).storage
    assert found.ca_file == str(tmp_path / "own.pem"), "the project's word counts more, from its own folder"
    (tmp_path / "dataspark.toml").write_text("[storage]\nca_file = 1\n")
    with pytest.raises(ProjectError, match="`ca_file` in \\[storage\\] must be a text"):
        read_project(tmp_path, environ={})


_ASK = """
import sys
from dataspark.engines.spark.session import Session
from dataspark.wiring import open_workspace
workspace = open_workspace(".")
session = Session(workspace.project.engine, workspace.lake.spark_settings(), workspace.lake.ca_file)
place = workspace.lake.gold.location("written").replace("s3://", "s3a://")
session.run(f"INSERT OVERWRITE DIRECTORY '{place}' USING parquet SELECT 42 AS n")
print(session.rows(f"SELECT n FROM parquet.`{place}`"))
session.close()
"""


def test_spark_behind_tls(tmp_path: Path, secure: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Java is told whom to trust when it is started, so this has a process of its own."""
    require_spark()
    (tmp_path / "dataspark.toml").write_text(
        '[engine]\nname = "spark"\nmaster = "local[1]"\nmemory_limit = "1GiB"\n'
        '[engine.spark]\n"spark.driver.extraJavaOptions" = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"\n'
    )
    monkeypatch.setenv("DATASPARK_STORAGE_CA_FILE", str(secure.authority))
    for bucket in buckets(open_workspace(tmp_path).lake.areas):
        bucket.make()
    done = subprocess.run([sys.executable, "-c", _ASK], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "[(42,)]\n", done.stderr


def test_java_reads_the_trust_store(tmp_path: Path) -> None:
    require_spark()
    both = tmp_path / "both.pem"
    both.write_text("".join(Authority(tmp_path, name).file.read_text() for name in ("one", "other")))
    options = write_trust_store(certificates(str(both)), tmp_path / "trusted.jks")
    assert options[0] == f"-Djavax.net.ssl.trustStore={tmp_path}/trusted.jks"
    listed = ["keytool", "-list", "-keystore", str(tmp_path / "trusted.jks"), "-storepass", "changeit"]
    told = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    assert "contains 2 entries" in told
    assert told.count("trustedCertEntry") == 2
