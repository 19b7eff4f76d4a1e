"""The texts of the dashboard: one file a language, with the same keys in each."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from dataspark.dashboard.words.sentences import translated

LANGUAGES = ("fr", "en")
USUAL = "en"


class Words:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = texts(language)

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, such as `overview.title`, with its values filled in."""
        found = self._texts[key]
        return found.format(**values) if values else found

    def told(self, sentence: str) -> str:
        """What an error says, in the language where it is one of the usual sentences; else as it was said."""
        return translated(sentence, self.language)

    def has(self, key: str) -> bool:
        """Whether there is such a text."""
        return key in self._texts


@cache
def texts(language: str) -> dict[str, str]:
    """Key → text, as the language's file has them."""
    read = tomllib.loads(Path(__file__).with_name(f"{language}.toml").read_text(encoding="utf-8"))
    return {f"{group}.{key}": text for group, texts in read.items() for key, text in texts.items()}


def nearest_language(locale: str | None) -> str:
    """The language for a browser's locale: `fr` for `fr-CA`."""
    found = (locale or USUAL).split("-")[0].lower()
    return found if found in LANGUAGES else USUAL
