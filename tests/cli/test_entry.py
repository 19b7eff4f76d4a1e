"""The command as a whole: what it loads, what it says about itself, how it ends."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dataspark as package
from cli.calling import dataspark
from dataspark.cli.docs import page
from dataspark.cli.main import commands

ROOT = Path(__file__).parents[2]
HEAVY = (
    *("duckdb", "deltalake", "pyarrow", "pandas", "polars", "sqlglot"),
    *("yaml", "jsonschema", "fastjsonschema", "pydantic", "rich", "prefect"),
    *("dataspark.wiring", "dataspark.contracts"),
)


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)


def test_importing_the_package_loads_nothing_heavy() -> None:
    found = python("import dataspark, sys; print(sorted(set(sys.argv[1:]) & set(sys.modules)))", *HEAVY, "typer")
    assert (found.returncode, found.stdout) == (0, "[]\n")


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys; heavy = sys.argv[1].split(','); del sys.argv[1]\n"
        "from dataspark.cli.main import main\n"
        "try: main()\n"
        "finally: print('loaded', sorted(set(heavy) & set(sys.modules)), file=sys.stderr)"
    )
    found = python(code, ",".join(HEAVY), *arguments)
    assert found.returncode == 0
    assert found.stderr == "loaded []\n"


def test_every_name_of_the_package_can_be_had() -> None:
    assert {name for name in package.__all__ if getattr(package, name) is None} == set()
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="has no attribute 'opne'"):
        package.opne  # noqa: B018


def test_version_is_that_of_the_distribution() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert package.__version__ == declared
    assert dataspark("--version").out == f"dataspark {declared}\n"


def test_every_command_is_described_in_one_line() -> None:
    for name in commands():
        group, _, own = name.rpartition(" ")
        listed = dataspark(*group.split(), "--help").out
        line = next(line for line in listed.splitlines() if line.strip().startswith(f"{own} "))
        assert line.rstrip().endswith("."), line
        assert not line.rstrip().endswith("..."), line


def test_page_about_the_command_line_is_what_help_says() -> None:
    assert (ROOT / "docs" / "cli.md").read_text() == "\n".join(page()) + "\n", "run: dataspark docs-cli > docs/cli.md"


def test_unknown_commands_and_options_are_wrong_calls() -> None:
    assert dataspark("rnu").code == 2
    assert dataspark("run", "--ful-refresh").code == 2


def test_module_is_the_command() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "dataspark", "status", "--project", "/nowhere"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 2
    assert found.stdout == ""
    assert found.stderr.startswith("error: /nowhere is no project")
    assert "hint: make one with `dataspark init NAME`" in found.stderr


@pytest.mark.parametrize("command", [name for name in commands() if name not in ("init", "doctor", "sample", "scan")])
def test_every_error_is_json_for_a_program(command: str, tmp_path: Path) -> None:
    needed = {
        "explain": ["x"],
        "forget": ["x", "1"],
        "query": ["select 1"],
        "export": ["gold"],
        "lineage": ["x"],
        "rollback": ["r000001"],
        "trace": ["x", "1"],
        "upload": ["x.csv"],
    } | {
        "quarantine show": ["x:00000000:1"],
        "quarantine export": ["x", "mend.csv"],
        "quarantine fix": ["mend.csv"],
        "quarantine waive": ["x:00000000:1", "--reason", "x"],
        "api key create": ["x", "--scope", "read"],
        "api key revoke": ["x"],
    }
    answer = dataspark(*command.split(), *needed.get(command, []), "--json", project=tmp_path)
    assert answer.code == 2
    assert answer.err == ""
    assert answer.json["error"]["kind"] == "UsageError"
    assert answer.json["error"]["exit_code"] == 2
    assert "init" in answer.json["error"]["hint"]


def test_ctrl_c_ends_with_a_sentence_and_nothing_half_written(tmp_path: Path) -> None:
    call = [sys.executable, "-m", "dataspark", "sample", "--rows", "30000000", "--to", str(tmp_path)]
    with subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        assert running.stderr.readline().startswith("clients … ")
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert out == ""
    assert "interrupted: nothing half-written is visible" in err
    assert not list(tmp_path.glob("achats.csv"))
    assert not list(tmp_path.glob(".*"))
