"""Lineage as a Mermaid flowchart, for pages that draw those by themselves."""

from __future__ import annotations

from dataspark.answers.columnlineage import Lineage

_ARROWS = {"IDENTITY": "-->", "TRANSFORMATION": "-.->", "AGGREGATION": "==>"}


def mermaid(found: Lineage) -> str:
    """The flowchart: a box for each table, an arrow for each step; dotted ones compute, thick ones aggregate."""
    names: dict[str, str] = {}
    lines = ["flowchart LR"]
    for number, part in enumerate(found.tables):
        lines.append(f'  subgraph t{number}["{_text(part.name)}"]')
        for column in part.columns:
            names[f"{part.name}.{column}"] = f"c{len(names)}"
            lines.append(f'    {names[f"{part.name}.{column}"]}["{_text(column)}"]')
        if not part.columns:
            lines.append(f'    t{number}x["?"]')
        lines.append("  end")
    lines += [f"  {names[str(one.source)]} {_ARROWS[one.kind]} {names[str(one.target)]}" for one in found.steps]
    tables = {part.name: f"t{number}" for number, part in enumerate(found.tables)}
    lines += [f"  {tables[source]} -. not followed .-> {tables[target]}" for source, target in found.links]
    return "\n".join(lines)


def _text(text: str) -> str:
    """A text within quotes, where Mermaid takes entities."""
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
