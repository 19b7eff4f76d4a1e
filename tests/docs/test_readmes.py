"""README.fr.md says what README.md says: the same parts, the same code word for word, the same links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.pages import ROOT

ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
FRENCH = (ROOT / "README.fr.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
TOLD_IN_CODE = re.compile(r"`[^`\n]+`")


def outline(text: str) -> list[str]:
    """What a text is made of, line by line, without its words."""
    kinds = []
    for line in BLOCK.sub("<block>", text).splitlines():
        step = re.match(r"\*\*(\d\.)?", line)
        heading = re.match(r"#+ ", line)
        if line in ("<block>", "|---|---|"):
            kinds.append(line)
        elif heading or step:
            kinds.append((heading or step)[0])  # type: ignore[index]
        elif line.startswith("|"):
            kinds.append("| " + re.sub(r".*?(\]\([^)]*\)|`[^`]*`|$).*", r"\1", line))
    return kinds


def prose(text: str) -> str:
    return TOLD_IN_CODE.sub("", re.sub(r"\]\([^)]*\)", "]", BLOCK.sub("", text)))


def test_they_have_the_same_parts() -> None:
    assert outline(FRENCH) == outline(ENGLISH)


def test_code_is_the_same_word_for_word() -> None:
    assert BLOCK.findall(FRENCH) == BLOCK.findall(ENGLISH)
    assert sorted(TOLD_IN_CODE.findall(BLOCK.sub("", FRENCH))) == sorted(TOLD_IN_CODE.findall(BLOCK.sub("", ENGLISH)))


def test_links_are_the_same_and_lead_to_each_other() -> None:
    english, french = (re.findall(r"\]\(([^)]+)\)", text) for text in (ENGLISH, FRENCH))
    assert [link for link in english if link != "README.fr.md"] == [link for link in french if link != "README.md"]
    assert "README.fr.md" in english
    assert "README.md" in french
    assert [link for link in french if not Path(ROOT / link.partition("#")[0]).exists()] == []


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (r"\w'\w", "an apostrophe that is a straight one"),
        (r" [:;!?»](\s|$)", "a space before a high mark that may break the line"),
        (r"«(?!\u00a0)", "a quotation mark without its space"),
        (r'"', "English quotation marks"),
    ],
)
def test_french_is_set_as_french(wrong: str, what: str) -> None:
    found = [match[0] for match in re.finditer(f".{{0,20}}{wrong}", prose(FRENCH))]
    assert found == [], what
