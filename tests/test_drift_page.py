"""The commands of docs/drift.md are run, and say what the page says."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from cli.calling import dataspark
from test_readme import BLOCK, ROOT, assert_said, commands

PAGE = (ROOT / "docs" / "drift.md").read_text(encoding="utf-8")


def test_commands_say_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    codes = []
    for language, path, text in BLOCK.findall(PAGE):
        if path:
            Path(path).write_text(text, encoding="utf-8")
        for command, promised in commands(text) if language == "console" else ():
            answer = dataspark(*shlex.split(command)[1:])
            codes.append(answer.code)
            assert_said(answer.out.splitlines(), promised, command)
    assert codes == [0, 0, 0, 0, 1, 0, 0]
