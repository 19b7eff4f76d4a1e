"""Projects made of contracts that a test writes as text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from dataspark.contracts.contract import Contract
from dataspark.contracts.reading import read_contracts
from dataspark.errors import ContractError, Mistake
from dataspark.project import Project, read_project

HEAD = "apiVersion: v3.1.0\nkind: DataContract\nid: test\nversion: 1.0.0\nstatus: active\nschema:\n"


class Contracts:
    """A project in a temporary folder whose contracts are written by the test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "dataspark.toml").write_text("", encoding="utf-8")

    def write(self, text: str, name: str = "t") -> Path:
        path = self.root / "contracts" / f"{name}.odcs.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def project(self, models: Sequence[str] = ()) -> Project:
        for model in models:
            (self.root / "models").mkdir(exist_ok=True)
            (self.root / "models" / f"{model}.sql").write_text("select 1", encoding="utf-8")
        return read_project(self.root, environ={})

    def read(self, models: Sequence[str] = ()) -> tuple[Contract, ...]:
        return read_contracts(self.project(models))

    def mistakes(self, models: Sequence[str] = ()) -> list[Mistake]:
        with pytest.raises(ContractError, match=r"the contracts have \d+ mistake") as caught:
            self.read(models)
        assert list(caught.value.mistakes) == sorted(caught.value.mistakes)
        return list(caught.value.mistakes)

    def messages(self, text: str, models: Sequence[str] = ()) -> list[str]:
        """What is said of one file."""
        self.write(text)
        return [mistake.message for mistake in self.mistakes(models)]


def table(properties: str, more: str = "", name: str = "t") -> str:
    """An ODCS file with one schema object; `properties` are list items, `more` are keys beside them."""
    beside = textwrap.indent(more.strip("\n") + "\n", "  ") if more.strip() else ""
    body = f"- name: {name}\n{beside}  properties:\n" + textwrap.indent(properties.strip("\n") + "\n", "    ")
    return HEAD + textwrap.indent(body, "  ")
