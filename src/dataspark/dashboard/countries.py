"""Names of countries, in any of several languages and as people write them → ISO 3166 codes; and back."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from babel import Locale

_LANGUAGES = ("en", "fr", "de", "es", "it", "pt", "nl")
_ALSO = {
    "uk": "GB",
    "u k": "GB",
    "wales": "GB",
    "u s a": "US",
    "england": "GB",
    "angleterre": "GB",
    "great britain": "GB",
    "grande bretagne": "GB",
    "scotland": "GB",
    "usa": "US",
    "us": "US",
    "united states of america": "US",
    "etats unis d amerique": "US",
    "holland": "NL",
    "hollande": "NL",
    "netherland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "republique tcheque": "CZ",
    "ivory coast": "CI",
    "korea": "KR",
    "coree": "KR",
    "uae": "AE",
    "emirats": "AE",
    "turkey": "TR",
    "turquie": "TR",
    "viet nam": "VN",
    "russian federation": "RU",
    "prc": "CN",
}
"""What people write besides the names that languages have."""
_CODE = re.compile(r"[A-Z]{2}")


def code_of(name: str) -> str | None:
    """The two letters of a country; None for what names none."""
    return _codes().get(_plain(name))


def country_name(name: str, language: str) -> str:
    """A country by its name in a language; what names none stays as it is."""
    code = code_of(name)
    return str(Locale(language).territories.get(code, name)) if code else name


@cache
def _codes() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in reversed(_LANGUAGES):  # where languages quarrel, the first one has the last word
        for code, name in Locale(language).territories.items():
            if _CODE.fullmatch(code):
                found |= {_plain(name): code, code.lower(): code}
    return found | _ALSO


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name)
    return " ".join(re.findall(r"[a-z]+", "".join(c for c in letters if not unicodedata.combining(c)).lower()))
