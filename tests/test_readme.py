"""The README's commands are run, and say what the README says that they say."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.calling import EXAMPLES, dataspark

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SKIPPED = "make test"
"""It would run this test again."""


def test_commands_say_what_the_readme_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leftovers = shutil.ignore_patterns("lake", "data", ".dataspark")
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=leftovers)
    monkeypatch.chdir(tmp_path)
    ran = 0
    for language, path, text in BLOCK.findall(README):
        if path:
            Path(path).write_text(text, encoding="utf-8")
        if language == "console":
            for command, promised in commands(text):
                ran += check(command, promised, monkeypatch)
    assert ran >= 7


def test_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert dataspark("init", "boutique").code == 0
    for language, _path, text in BLOCK.findall(README):
        if language == "python":
            exec(compile(text, "README.md", "exec"), {})


def test_files_that_the_readme_names_are_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block, with the lines that it promises."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *promised = part.splitlines()
        yield command, promised


def check(command: str, promised: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a command; 1 if it was one of ours."""
    program, *arguments = shlex.split(command)
    if program == "cd":
        monkeypatch.chdir(arguments[0])
        return 0
    if command == SKIPPED:
        return 0
    said = demo() if command == "make demo" else run(arguments)
    assert_said(said.splitlines(), promised, command)
    return 1


def run(arguments: list[str]) -> str:
    answer = dataspark(*arguments)
    assert answer.code == 0, (arguments, answer)
    return answer.out


def demo() -> str:
    """What `make demo` runs, read from the Makefile, without its installation."""
    makefile = (ROOT / "Makefile").read_text()
    variables = dict(re.findall(r"^(\w+) :?= (.*)$", makefile, re.MULTILINE))
    recipe = re.search(r"^demo:.*\n((?:\t.*\n)+)", makefile, re.MULTILINE)
    assert recipe
    said = ""
    for line in recipe[1].splitlines():
        called = line.partition("$(BIN)/dataspark ")[2]
        assert called, line
        said += run(shlex.split(re.sub(r"\$\((\w+)\)", lambda name: variables[name[1]], called)))
    return said


def assert_said(said: list[str], promised: list[str], command: str) -> None:
    """Every promised line comes, in this order; where none is left out (`…`), without others between."""
    left = [masked(line) for line in said if line.strip()]
    gap = False
    for line in (masked(line) for line in promised if line.strip()):
        if line.strip() == "…":
            gap = True
            continue
        found = next((n for n, one in enumerate(left) if matches(one, line)), None)
        assert found is not None, f"{command}: the README promises {line!r}; what is left of the answer: {left}"
        assert gap or found == 0, f"{command}: before {line!r} the answer has {left[:found]}"
        left, gap = left[found + 1 :], False
    assert gap or not promised or not left, f"{command}: the answer ends with {left}"


def matches(said: str, promised: str) -> bool:
    start, cut, _end = promised.partition("…")
    return said.startswith(start) if cut else said == promised


def masked(line: str) -> str:
    """A line without what differs from run to run: durations, run ids."""
    line = re.sub(r"\b(\w+):[0-9a-f]{8}:", r"\1:SHA:", line)
    line = re.sub(r"\d{8}T\d{6}\.\d{3}-\d+", "RUN", line)
    return re.sub(r"\d+(\.\d+)? s\b|\d+ min \d+ s", "TIME", line).rstrip()
