"""The pages as the tests read them: their blocks of code, and what each of them promises.

- `console` blocks are run, one after the other, in a folder that the page has for itself; what stands below a command is what
  it says. Nothing else in a page is run as a command.
  With `<!-- in the sample's project -->` in the page they are run in `retail` after its run of 2025-12-31, and may only look.
- A block with a title is a file of such a page, and is there from that moment on; elsewhere it is only shown. `before…` titles
  are other people's scripts.
- Untitled, `toml` is a piece of dataspark.toml, `yaml` a contract or a part of one, `sql` a query over the sample's release,
  `python` a program beside the sample's project, `json` a document, or one a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
_BLOCK = re.compile(r'^```(\w*)(?: (?:title=)?"?([^"\n]*)"?)?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    line: int
    language: str
    title: str
    text: str

    @property
    def foreign(self) -> bool:
        """Whether it shows what somebody else wrote."""
        return self.title.startswith("before")

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page, from top to bottom."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        language, title, inside = found.groups()
        yield Block(page, text.count("\n", 0, found.start()) + 1, language, title or "", inside)


def all_blocks(*languages: str) -> list[Block]:
    """Every untitled block of these languages in any page."""
    return [one for page in PAGES for one in blocks(page) if one.language in languages and not one.title]
