"""Examples of the pages are true: stories are run, queries answered, settings and contracts read, commands looked up."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from cli.calling import EXAMPLES, dataspark
from contracts.odcs import Contracts
from contracts.test_contract_docs import whole
from dataspark.cli.main import app
from dataspark.project import read_project
from docs.pages import PAGES, ROOT, Block, all_blocks, blocks
from test_readme import assert_said
from test_readme import commands as told_commands

STORIES = [page for page in PAGES if any(block.language == "console" for block in blocks(page))]
README = ROOT / "README.md"
IN_SAMPLE = "<!-- in the sample's project -->"
"""Stories of such a page are told in the project that all share: they may only look."""
CONTRACTS = [
    one for one in all_blocks("yaml") if one.page.stem != "contracts" and not re.match("- (?!name:)", one.text)
]
"""Those of docs/contracts.md have tests of their own; a list of anything but columns is for another program."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `retail` is the sample's project, with a release."""
    folder = tmp_path_factory.mktemp("sample")
    shutil.copytree(EXAMPLES / "retail", folder / "retail", ignore=shutil.ignore_patterns("lake", "data", ".dataspark"))
    assert dataspark("sample", project=folder / "retail").code == 0
    assert dataspark("run", "--as-of", "2025-12-31", project=folder / "retail").code == 0
    return folder


@pytest.mark.parametrize("page", STORIES, ids=lambda page: page.name)
def test_stories_say_what_the_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    in_sample = IN_SAMPLE in page.read_text(encoding="utf-8")
    monkeypatch.chdir(request.getfixturevalue("sample") / "retail" if in_sample else tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for block in blocks(page):
        if block.title and not block.foreign:
            Path(block.title).parent.mkdir(parents=True, exist_ok=True)
            Path(block.title).write_text(block.text, encoding="utf-8")
        for command, promised in told_commands(block.text) if block.language == "console" else ():
            tell(command, promised, block, monkeypatch)


def tell(command: str, promised: list[str], block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    """Carry out one command of a story: `cd`, `cp`, `rm` or one of ours. `# exit code 1` behind it is its exit code."""
    written, _, comment = command.partition("  # ")
    program, *arguments = shlex.split(written)
    if program == "cd":
        monkeypatch.chdir(arguments[0])
    elif program == "cp":
        *_options, source, target = arguments
        copy = shutil.copytree if Path(source).is_dir() else shutil.copy
        copy(source, target)
    elif program == "rm":
        for one in arguments[1:]:
            shutil.rmtree(one)
    else:
        assert program == "dataspark", f"{block}: {command}"
        answer = dataspark(*arguments)
        code = re.search(r"exit code (\d)", comment)
        assert answer.code == int(code[1] if code else 0), f"{block}: {command}\n{answer.out}{answer.err}"
        assert_said((answer.out + (answer.err if code else "")).splitlines(), promised, f"{block}: {command}")


@pytest.mark.parametrize("block", all_blocks("sql"), ids=str)
def test_queries_have_an_answer(sample: Path, block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sample)
    answer = dataspark("query", block.text, project=sample / "retail")
    assert answer.code == 0, answer.err
    assert len(answer.out.splitlines()) > 1


@pytest.mark.parametrize("block", all_blocks("python"), ids=str)
def test_programs_run(sample: Path, block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sample)
    exec(compile(block.text, str(block), "exec"), {})


@pytest.mark.parametrize("block", all_blocks("toml"), ids=str)
def test_settings_are_read(tmp_path: Path, block: Block) -> None:
    (tmp_path / "dataspark.toml").write_text(block.text, encoding="utf-8")
    assert read_project(tmp_path, environ={})


@pytest.mark.parametrize("block", CONTRACTS, ids=str)
def test_contracts_are_read(tmp_path: Path, block: Block) -> None:
    contracts = Contracts(tmp_path)
    contracts.write(whole(block.text))
    assert contracts.read()


@pytest.mark.parametrize("block", all_blocks("json"), ids=str)
def test_answers_for_programs_are_json(block: Block) -> None:
    try:
        assert json.loads(block.text)
    except json.JSONDecodeError:  # then it is one document a line
        assert [json.loads(line) for line in block.text.splitlines()]


@pytest.mark.parametrize("page", [*PAGES, README], ids=lambda page: page.name)
def test_commands_exist_with_their_options(page: Path) -> None:
    wrong = [f"{written!r}: {problem}" for written in told(page) if (problem := problem_of(written))]
    assert wrong == []


def told(page: Path) -> Iterator[str]:
    """Every command line of ours that a page writes, in a block or within a sentence."""
    if page.stem == "cli":
        return
    text = page.read_text(encoding="utf-8")
    for block in blocks(page):
        for line in block.text.splitlines():
            found = re.match(r"(?:\$ |\w+=\S+ )*(dataspark .*)", line)
            if found and block.language in ("", "console", "sh", "text"):
                yield from re.split(r"\s{2,}(?=dataspark )", found[1])
    fenceless = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`(?:\w+=\S+ )?(dataspark [^`\n]+)`", fenceless)


@cache
def whole_command() -> Any:
    return typer.main.get_command(app)


def problem_of(written: str) -> str:
    """What is wrong with a command line; empty where nothing is."""
    words = shlex.split(re.split(r"\s{2,}|\s#|\s[>|&]", written)[0].replace("'dataspark[", "'"), posix=True)[1:]
    command = whole_command()
    while hasattr(command, "commands") and not (words and words[0].startswith("-")):
        name = words[0] if words else ""
        if name in command.commands:
            words = words[1:]
        elif command is whole_command():
            return "" if name == "…" or "/" in name else f"there is no command {name}"
        usual = "list" if "list" in command.commands else "serve"  # what a group does by itself
        command = command.commands[name if name in command.commands else usual]
    options = {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {"--help", "-h"}
    unknown = [word for word in words if re.match(r"--?[a-z]", word) and word.partition("=")[0] not in options]
    return f"has no option {', '.join(unknown)}" if unknown else ""


def test_wrong_commands_are_found() -> None:
    assert problem_of("dataspark rnu") == "there is no command rnu"
    assert problem_of("dataspark run --as-off 2025-12-31") == "has no option --as-off"
    assert problem_of("dataspark quarantine export achats mend.csv --force") == ""
    assert problem_of("dataspark quarantine achats --reson x") == "has no option --reson"
