"""The pages that follow from the code: the Python API, and what is said about each error."""

from __future__ import annotations

import ast
import inspect
import re
from functools import cache
from pathlib import Path

import pytest

import dataspark as package
from dataspark import errors
from dataspark.cli.python_page import page
from dataspark.project.sections import SECTIONS
from docs.pages import DOCS, ROOT, blocks

TROUBLES = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
PYTHON = (DOCS / "python.md").read_text(encoding="utf-8")
MESSAGES = re.findall(r"^\| `([^`]+)` \|", TROUBLES, re.MULTILINE)


def test_the_python_page_is_what_docstrings_say() -> None:
    assert "\n".join(page()) + "\n" == PYTHON, "run: dataspark docs-python > docs/python.md"


def test_the_python_page_has_every_public_name() -> None:
    headings = set(re.findall(r"^### (?:dataspark\.)?(\w+)$", PYTHON, re.MULTILINE))
    told = headings | set(re.findall(r"^\| `dataspark\.(\w+)` \| \d", PYTHON, re.MULTILINE))
    assert sorted(set(package.__all__) - told) == ["__version__"]


@pytest.mark.parametrize("name", ["Diff", "Reader", "Result", "RunReport"])
def test_every_public_method_and_attribute_has_words(name: str) -> None:
    one = getattr(package, name)
    section = PYTHON.partition(f"### {name}\n")[2].partition("\n### ")[0]
    public = [member for member in vars(one) if not member.startswith("_")]
    methods = [member for member in public if callable(vars(one)[member]) or isinstance(vars(one)[member], property)]
    assert methods
    assert [member for member in methods if f"#### {name}.{member}" not in section] == []


def test_every_error_has_an_entry() -> None:
    kinds = {name for name, one in vars(errors).items() if inspect.isclass(one) and issubclass(one, BaseException)}
    entries = dict(re.findall(r"^##+ (\w+)$\n(.*?)(?=^##|\Z)", TROUBLES, re.MULTILINE | re.DOTALL))
    assert sorted(kinds - set(entries)) == []
    assert [name for name in kinds if len(entries[name].split()) < 10] == []


def test_an_error_stands_below_its_exit_code() -> None:
    parts = re.findall(r"^## [^\n]*exit code (\d)$\n(.*?)(?=^## )", TROUBLES, re.MULTILINE | re.DOTALL)
    told = {kind: int(code) for code, text in parts for kind in re.findall(r"^### (\w+)$", text, re.MULTILINE)}
    assert len(told) > 15
    assert {kind: getattr(errors, kind).exit_code for kind in told} == told


@cache
def said() -> tuple[str, ...]:
    """Every text of the code, with `…` in place of what is put in."""
    texts = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                texts.add("".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values))  # type: ignore[misc]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                texts.add(node.value)
    return tuple(text.replace("`", "") for text in texts)


def test_messages_are_those_of_the_code() -> None:
    assert len(MESSAGES) > 50
    patterns = {message: ".*".join(re.escape(part.strip()) for part in message.split("…")) for message in MESSAGES}
    missing = [message for message, pattern in patterns.items() if not any(re.search(pattern, text) for text in said())]
    assert missing == []


def test_every_setting_stands_in_a_page() -> None:
    pieces = [block.text for page in DOCS.glob("*.md") for block in blocks(page) if block.language == "toml"]
    pieces += re.findall(r"`[^`\n]+`", "".join(path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")))
    told = "\n".join(pieces)
    keys = [(section.name, key) for section in SECTIONS.values() for key in section.keys]
    assert len(keys) > 20
    assert [place for place in keys if not re.search(rf"\b{place[1]}\b", told)] == []


def test_pages_say_nothing_of_this_machine() -> None:
    told = "".join(path.read_text(encoding="utf-8") for path in [*DOCS.glob("*.md"), Path(ROOT / "README.md")])
    assert re.findall(r"/root/|/home/\w+", told) == []
