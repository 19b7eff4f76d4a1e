"""What was probably meant by a word that nobody knows."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about an unknown word: `, did you mean …?`, or nothing when nothing is close."""
    close = nearest(word, known)
    return f", did you mean `{close}`?" if close else ""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that is most like `word`; None when nothing is close."""
    import difflib  # only mistakes need it

    original = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), original, n=1, cutoff=0.6)
    return original[close[0]] if close else None
