"""What `dataspark forget` says."""

from __future__ import annotations

from dataspark.erasure import Forgotten
from dataspark.rendering.text import HERE, PLAIN, Call, Paint, grid, plural


def forgotten_text(done: Forgotten, key: str, paint: Paint = PLAIN, call: Call = HERE) -> list[str]:
    """The rows, and what became of them."""
    rows = [[row.row, row.file, str(row.line), row.where] for row in done.rows]
    listed = grid(rows, ["row", "file", "line", "was in" if done.done else "is in"], right=(2,), paint=paint)
    if not done.done:
        title = f"{plural(len(rows), 'row')} of `{done.table}` would be forgotten, in all versions and in bronze"
        return [title, *listed, "", f"  to do it: {call(f'forget {done.table} {key} --yes')}"]
    lines = [f"{paint.strong(plural(len(rows), 'row'))} of `{done.table}` forgotten", *listed, ""]
    lines.append(f"  release  {done.release} is what readers see now; older releases cannot be read any more")
    if done.searched:
        searched = f"{plural(done.searched.files, 'file')} of the lake searched for the key, the bytes of the rows and "
        lines.append(
            f"  proof    {searched}{plural(done.searched.values, 'value')} that were only theirs: nothing left"
        )
    if done.sources:
        lines.append(f"  left     yours to delete, and not read again: {', '.join(done.sources)} in sources")
    return lines
