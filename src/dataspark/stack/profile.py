"""The settings of the profile `stack`: written when a stack is up, deleted when it goes down, read by `project.py`."""

from __future__ import annotations

import json

from dataspark.stack.folder import Folder, write_private
from dataspark.stack.parts import settings
from dataspark.stack.parts.part import Site


def write_profile(folder: Folder, site: Site) -> None:
    """Write the profile of a stack, for its owner's eyes only: Spark's secret is in it."""
    lines = ["# Written by `dataspark up`, deleted by `dataspark down`."]
    for section, values in settings(site).items():
        lines += ["", f"[{section}]"]
        plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in plain.items()]
        for key, table in values.items():
            if isinstance(table, dict):
                lines += ["", f"[{section}.{key}]"]
                lines += [f'"{name}" = {json.dumps(value, ensure_ascii=False)}' for name, value in table.items()]
    write_private(folder.profile, "\n".join(lines) + "\n")
