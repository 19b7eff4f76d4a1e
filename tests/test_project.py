"""`dataspark.toml`, its profiles and the environment; the project's files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from dataspark.errors import Mistake, ProjectError, UsageError
from dataspark.project import Project, read_project

Make = Callable[[Mapping[str, str]], Path]

FULL = """\
[project]
name = "retail"

[lake]
sources = "in"
gold = "s3://lake/gold"

[engine]
memory_limit = "4GiB"
threads = 2

[profiles.prod.lake]
gold = "s3://prod/gold"

[profiles.prod.engine]
threads = 16
"""


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def read(root: Path, profile: str | None = None, **environ: str) -> Project:
    return read_project(root, profile, environ)


def mistakes(root: Path, profile: str | None = None, **environ: str) -> tuple[Mistake, ...]:
    with pytest.raises(ProjectError, match="cannot be read") as caught:
        read(root, profile, **environ)
    assert caught.value.exit_code == 2
    return caught.value.mistakes


def test_an_empty_settings_file_gives_the_defaults(make: Make) -> None:
    root = make({"dataspark.toml": ""})
    project = read(root)
    assert project.name == root.name
    assert project.root == root.resolve()
    assert project.lake.sources == str(root.resolve() / "data/sources")
    assert project.lake.silver == str(root.resolve() / "lake/silver")
    assert (project.engine.name, project.engine.memory_limit, project.engine.threads) == ("duckdb", None, None)
    assert project.profile is None


def test_relative_folders_are_the_projects_and_urls_stay(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make({"dataspark.toml": FULL})
    monkeypatch.chdir(root.parent)
    project = read_project(root.name, environ={})
    assert project.name == "retail"
    assert project.lake.sources == str(root.resolve() / "in")
    assert project.lake.gold == "s3://lake/gold"
    assert project.engine.threads == 2


def test_profile_beats_file_and_environment_beats_profile(make: Make) -> None:
    root = make({"dataspark.toml": FULL})
    assert read(root, "prod").lake.gold == "s3://prod/gold"
    assert read(root, "prod").engine.threads == 16
    assert read(root, "prod").engine.memory_limit == "4GiB"
    project = read(root, "prod", DATASPARK_LAKE_GOLD="s3://mine/gold", DATASPARK_ENGINE_THREADS="3")
    assert project.lake.gold == "s3://mine/gold"
    assert project.engine.threads == 3


def test_the_environment_picks_the_profile_unless_the_call_does(make: Make) -> None:
    text = FULL + '\n[profiles.dev.engine]\nmemory_limit = "1GB"\n'
    root = make({"dataspark.toml": text})
    assert read(root, DATASPARK_PROFILE="prod").profile == "prod"
    assert read(root, "dev", DATASPARK_PROFILE="prod").profile == "dev"
    assert read(root, "dev", DATASPARK_PROFILE="prod").engine.memory_limit == "1GB"


def test_empty_and_foreign_variables_say_nothing(make: Make) -> None:
    root = make({"dataspark.toml": FULL})
    project = read(root, DATASPARK_LAKE_GOLD="", DATASPARK_PROFILE="", DATASPARK_PROJECT="x", DATASPARK_HOME="y")
    assert project.lake.gold == "s3://lake/gold"


def test_a_folder_without_settings_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"is no project: it has no dataspark\.toml") as caught:
        read(tmp_path)
    assert "dataspark init" in caught.value.hint
    assert "--project" in caught.value.hint
    with pytest.raises(UsageError, match="is no project"):
        read(tmp_path / "nowhere")


def test_every_mistake_is_told_with_its_line(make: Make) -> None:
    text = """\
[project]
nmae = "retail"

[lake]
glod = "x"
gold = 3

[engin]
name = "x"

[profiles.prod.engine]
threads = true
memory_limit = "lots"

[profiles.prod.lakes]
gold = "x"
"""
    root = make({"dataspark.toml": text})
    found = mistakes(root, "prd", DATASPARK_LAKE_GLOD="x", DATASPARK_ENGINE_THREADS="many")
    assert [(m.path, m.line) for m in found] == [
        ("DATASPARK_ENGINE_THREADS", 0),
        ("DATASPARK_LAKE_GLOD", 0),
        ("dataspark.toml", 2),
        ("dataspark.toml", 5),
        ("dataspark.toml", 6),
        ("dataspark.toml", 8),
        ("dataspark.toml", 11),
        ("dataspark.toml", 12),
        ("dataspark.toml", 15),
    ]
    said = [m.message for m in found]
    assert said[1] == "unknown environment variable, did you mean `DATASPARK_LAKE_GOLD`?"
    assert said[2] == "unknown key `nmae` in [project], did you mean `name`?"
    assert said[4] == "`gold` in [lake] must be a text, not 3"
    assert said[5] == "unknown section `engin`, did you mean `engine`?"
    assert said[6] == "unknown profile `prd`, did you mean `prod`?"
    assert said[7] == "`threads` in [profiles.prod.engine] must be a whole number, not True"
    assert said[8] == "unknown section `lakes` in profile `prod`, did you mean `lake`?"


def test_dotted_keys_and_inline_tables_have_lines_too(make: Make) -> None:
    text = 'lake.gold = 1\n\n[engine]\nname = "duckdb"\n\n[profiles]\nprod = { lake = { sliver = "x" } }\n'
    found = mistakes(make({"dataspark.toml": text}))
    assert [m.line for m in found] == [1, 7]
    assert found[1].message == "unknown key `sliver` in [profiles.prod.lake], did you mean `silver`?"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('[lake]\ngold = "x\n', 2, "is not TOML"),
        ("[lake\n", 1, "is not TOML"),
        ("a = 1\na = 2\n", 2, "is not TOML"),
        ('[engine]\nmemory_limit = "lots"\n', 2, "must be a size such as 4GiB"),
        ("[engine]\nthreads = 0\n", 2, "must be at least 1, not 0"),
        ("[prefect]\nparallel = 0\n", 2, "`parallel` in [prefect] must be at least 1, not 0"),
        ("[prefect]\nretries = -1\n", 2, "`retries` in [prefect] must be at least 0, not -1"),
        ('[lake]\ngold = ""\n', 2, "`gold` in [lake] is empty"),
        ('[lake]\nsilver = "x"\ngold = "./x/"\n', 3, "`silver` and `gold` in [lake] are the same folder"),
        ('[lake]\nbronze = "data/sources"\n', 2, "`sources` and `bronze` in [lake] are the same folder"),
        ("lake = 3\n", 1, "`lake` must be a section: [lake]"),
        ("profiles = 3\n", 1, "`profiles` must be a section"),
        ("[profiles]\nprod = 3\n", 2, "`profiles.prod` must be a section"),
        ("color = 3\n", 1, "unknown key `color`"),
    ],
)
def test_one_mistake(make: Make, text: str, line: int, message: str) -> None:
    (found,) = mistakes(make({"dataspark.toml": text}))
    assert (found.path, found.line) == ("dataspark.toml", line)
    assert message in found.message


def test_an_unknown_profile_of_a_project_without_any(make: Make) -> None:
    (found,) = mistakes(make({"dataspark.toml": ""}), "prod")
    assert found.message == "unknown profile `prod` (there are: none)"


def test_settings_that_are_not_text(tmp_path: Path) -> None:
    (tmp_path / "dataspark.toml").write_bytes(b'[project]\nname = "caf\xe9"\n')
    (found,) = mistakes(tmp_path)
    assert (found.line, found.message) == (2, "is not UTF-8 text")


def test_files_are_found_in_subfolders_and_sorted(make: Make) -> None:
    files = {
        "dataspark.toml": "",
        "models/kpi/kpi_b.sql": "select 2",
        "models/a.sql": "\ufeffselect 1",
        "models/.old/x.sql": "select 0",
        "models/readme.md": "",
        "checks/c.sql": "select 3",
        "contracts/b/two.odcs.yml": "",
        "contracts/one.odcs.yaml": "",
        "contracts/notes.yaml": "",
    }
    project = read(make(files))
    assert [(m.name, m.path, m.text) for m in project.models] == [
        ("a", "models/a.sql", "select 1"),
        ("kpi_b", "models/kpi/kpi_b.sql", "select 2"),
    ]
    assert [check.name for check in project.checks] == ["c"]
    assert [path.as_posix() for path in project.contract_files] == [
        "contracts/b/two.odcs.yml",
        "contracts/one.odcs.yaml",
    ]


def test_names_of_models_and_checks(make: Make) -> None:
    files = {
        "dataspark.toml": "",
        "models/a.sql": "",
        "models/x/a.sql": "",
        "models/2b.sql": "",
        "models/Dim.sql": "",
        "checks/a.sql": "",
        "checks/no-dash.sql": "",
    }
    root = make(files)
    (root / "models/c.sql").write_bytes(b"-- x\nselect '\xe9'")
    found = mistakes(root)
    assert [(m.path, m.line) for m in found] == [
        ("checks/no-dash.sql", 0),
        ("models/2b.sql", 0),
        ("models/Dim.sql", 0),
        ("models/c.sql", 2),
        ("models/x/a.sql", 0),
    ]
    assert found[4].message == "`a` is also the name of models/a.sql: names are unique in models/"
    assert "`no-dash` is no name" in found[0].message


def test_the_message_lists_everything(make: Make) -> None:
    root = make({"dataspark.toml": "[lake]\nglod = 'x'\n", "models/2b.sql": ""})
    with pytest.raises(
        ProjectError, match=r"(?s)dataspark\.toml:2: unknown key `glod`.*models/2b\.sql: `2b` is no name"
    ):
        read(root)
