"""How values are written, as regular expressions of whole texts that RE2 and Java read alike."""

from __future__ import annotations

INTEGER = "[+-]?[0-9]+"
NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"
PLAIN_NUMBER = r"[0-9]+(\.[0-9]+)?"
DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
ZONE = "(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
MOMENT = f"{DATE} ([01][0-9]|2[0-3]):[0-9]{{2}}:[0-9]{{2}}"
"""A moment as it is mostly written."""
