"""What Spark needs before it starts: Java, its jars, its settings. No Spark runs here."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataspark.engines.spark import jars
from dataspark.engines.spark.java import java_command, major
from dataspark.engines.spark.settings import application, heap, session
from dataspark.errors import EngineError, ProjectError
from dataspark.project import EngineSettings, read_project


def java_that_says(folder: Path, version: str) -> Path:
    """A JAVA_HOME whose `java -version` says this."""
    command = folder / "bin" / "java"
    command.parent.mkdir(parents=True)
    command.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    command.chmod(0o755)
    return folder


@pytest.mark.parametrize(("version", "number"), [("17.0.15", 17), ("1.8.0_412", 8), ("21", 21), ("25-ea", 25)])
def test_versions_of_java(version: str, number: int) -> None:
    assert major(version) == number


def test_a_java_that_is_too_old_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_that_says(tmp_path, "11.0.2")))
    with pytest.raises(EngineError, match=r"Java 17 or newer, and .* is Java 11 \(11\.0\.2\)"):
        java_command()


def test_java_home_is_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_that_says(tmp_path, "21.0.1")))
    assert java_command() == str(tmp_path / "bin" / "java")


def test_no_java_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="there is no `java` on the PATH") as told:
        java_command()
    assert "JAVA_HOME" in told.value.hint


def test_missing_jars_are_told_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(jars.FOLDER_VARIABLE, str(tmp_path))
    for file in list(jars.missing_jars(tmp_path))[1:]:
        (tmp_path / file).write_bytes(b"")
    with pytest.raises(EngineError, match=r"lacks jars .*: delta-spark_4\.2_2\.13-4\.4\.0\.jar") as told:
        jars.installed_jars()
    assert told.value.hint == "fetch them once: `dataspark doctor --install-jars`"


def test_no_two_jars_are_of_one_name_and_the_bundle_is_none() -> None:
    names = [name for _group, name, _version in jars.coordinates()]
    assert len(names) == len(set(names))
    assert "bundle" not in names


@pytest.mark.parametrize(
    ("limit", "mib"), [("4GiB", 3687), ("2 GiB", 1664), ("1GB", 569), ("800MB", 512), ("10TiB", 9437184)]
)
def test_the_heap_leaves_room_for_the_rest_of_the_process(limit: str, mib: int) -> None:
    assert heap(limit) == mib


def test_what_spark_is_told(tmp_path: Path) -> None:
    settings = EngineSettings("spark", threads=3, memory_limit="4GiB", spark=(("spark.ui.enabled", "true"),))
    told = application(settings, tmp_path / "jars", tmp_path)
    assert told["spark.master"] == "local[3]"
    assert told["spark.driver.extraClassPath"] == told["spark.executor.extraClassPath"] == f"{tmp_path}/jars/*"
    assert told["spark.ui.enabled"] == "true", "a project's own settings win"
    assert "ParallelGC" in told["spark.driver.extraJavaOptions"]
    elsewhere = application(EngineSettings("spark", master="spark://h:7077"), tmp_path, tmp_path)
    assert "spark.driver.host" not in elsewhere
    assert "ParallelGC" not in elsewhere["spark.driver.extraJavaOptions"], "only where all the work is done here"
    assert session(2, {"fs.s3a.endpoint": "x"})["fs.s3a.endpoint"] == "x"


def test_settings_of_a_project(tmp_path: Path) -> None:
    text = """
[engine.spark]
spark.sql.shuffle.partitions = "8"
spark.executor.memory = "1g"
[profiles.cluster.engine]
name = "spark"
master = "spark://host:7077"
[profiles.cluster.engine.spark]
spark.executor.memory = "2g"
"spark.executor.cores" = "4"
"""
    (tmp_path / "dataspark.toml").write_text(text)
    engine = read_project(tmp_path, "cluster", {}).engine
    assert (engine.name, engine.master) == ("spark", "spark://host:7077")
    assert dict(engine.spark) == {
        "spark.executor.cores": "4",
        "spark.executor.memory": "2g",
        "spark.sql.shuffle.partitions": "8",
    }, "a profile says its settings over the project's, one by one"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('master = "mesos://x"', r"`master` must be local\[\*\], local\[4\], spark://host:7077 or sc://host:15002"),
        ("spark.executor.cores = 4", r"`executor.cores` in \[engine.spark\] must be a text, not 4"),
        ('spark = {a = "b"}', r"`a` in \[engine.spark\] must begin with `spark.`"),
    ],
)
def test_mistakes_in_settings(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "dataspark.toml").write_text(f"[engine]\n{line}\n")
    with pytest.raises(ProjectError, match=message):
        read_project(tmp_path, None, {})
