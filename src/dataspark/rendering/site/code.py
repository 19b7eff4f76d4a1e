"""SQL and YAML as HTML with classes, coloured by the page's style."""

from __future__ import annotations


def highlighted(text: str, language: str) -> str:
    """The markup of a text in `sql` or `yaml`; everything in it is escaped."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name

    return str(highlight(text, get_lexer_by_name(language, stripnl=False), HtmlFormatter(nowrap=True)))
