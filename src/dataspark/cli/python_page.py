"""The page docs/python.md, from the docstrings of what `import dataspark` gives."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
import typing
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from itertools import pairwise
from types import UnionType
from typing import Any

import dataspark
from dataspark.errors import DataSparkError

_HEAD = """\
# The Python API

This page is made from docstrings by `dataspark docs-python > docs/python.md`; a test compares them.

`import dataspark` gives the names below and loads nothing else: each is fetched when it is first used. Everything else in
the package may change without notice.

```python
import dataspark

report = dataspark.run("retail", as_of="2025-12-31")  # what a run did, step by step
assert report.ok

with dataspark.open("retail") as lake:  # the newest release
    print(lake.tables())
    lake.table("kpi_ca_par_pays").to_pandas()  # .to_arrow() .to_polars() .rows()
    lake.sql("SELECT pays, ca_total FROM kpi_ca_par_pays").rows()
```
"""
_CALLS = ("run", "open", "diff", "publish")
_CALLS_SAY = "What to call. Each takes the folder of a project; `profile` is that of `--profile`."
_VALUES_SAY = "What calls give back. Only a reader has to be closed."
_ERRORS_SAY = """\
Every failure is a `DataSparkError`: `message` is one sentence, `hint` the way out, `exit_code` what the command line
would end with. Each kind has an entry in [Troubleshooting](troubleshooting.md)."""


def page() -> Iterator[str]:
    """The page, from the docstrings of the public names and of every value that they give back."""
    public = {name: getattr(dataspark, name) for name in dataspark.__all__}
    calls = {name: public[name] for name in _CALLS}
    errors = {name: one for name, one in public.items() if isinstance(one, type) and issubclass(one, DataSparkError)}
    values = [one for one in public.values() if isinstance(one, type) and one not in errors.values()]
    yield _HEAD
    yield f"`dataspark.__version__` is the version, `{dataspark.__version__}` here.\n"
    yield f"## Calls\n\n{_CALLS_SAY}\n"
    for name, call in calls.items():
        yield f"### dataspark.{name}\n"
        yield from _callable(f"dataspark.{name}", call)
    yield f"## Values\n\n{_VALUES_SAY}\n"
    for one in _reached(values):
        yield from _class(one)
    yield f"## Errors\n\n{_ERRORS_SAY}\n"
    yield "| | exit code | |\n|---|---|---|"
    for name, one in errors.items():
        yield f"| `dataspark.{name}` | {one.exit_code} | {_first_sentence(one)} |"


def _reached(values: list[type]) -> list[type]:
    """These classes and those of ours that their public attributes hold, each once, in the order in which they are met."""
    found: list[type] = []
    waiting = list(values)
    while waiting:
        one = waiting.pop(0)
        if one not in found:
            found.append(one)
            held = [kind for hint in _hints(one).values() for kind in _classes_in(hint) if _is_ours(kind)]
            waiting = [*held, *waiting]
    return found


def _is_ours(kind: type) -> bool:
    return kind.__module__.startswith("dataspark") and kind.__module__ not in ("dataspark.tables", "dataspark.wiring")


def _hints(one: type) -> dict[str, Any]:
    """Public attributes → their types; of a class that is no dataclass those that its constructor sets."""
    if is_dataclass(one):
        given = typing.get_type_hints(one)
        return {field.name: given[field.name] for field in fields(one)}
    if one is dataspark.Reader:
        from dataspark.reader import Release

        return {"release": Release}
    return {}


def _classes_in(hint: Any) -> Iterator[type]:
    for argument in typing.get_args(hint):
        yield from _classes_in(argument)
    if isinstance(hint, type) and not isinstance(hint, UnionType):
        yield hint


def _class(one: type) -> Iterator[str]:
    yield f"### {one.__name__}\n"
    yield f"{_prose(one)}\n"
    told = _attribute_docs(one)
    if hints := _written_types(one):
        yield "| attribute | type | |\n|---|---|---|"
        for name, written in hints.items():
            yield f"| `{name}` | `{_cell(written)}` | {_cell(told.get(name, ''))} |"
        yield ""
    for name, member in vars(one).items():
        if isinstance(member, property) and not name.startswith("_"):
            yield f"#### {one.__name__}.{name}\n\n{_prose(member)}\n"
        elif inspect.isfunction(member) and not name.startswith("_"):
            yield f"#### {one.__name__}.{name}()\n"
            yield from _callable(name, member)


def _written_types(one: type) -> dict[str, str]:
    """Public attributes → their types as they are written in the source; an enumeration's members → their values."""
    if members := getattr(one, "__members__", None):
        return {name: repr(member.value) for name, member in members.items()}
    if is_dataclass(one):
        return {field.name: str(field.type) for field in fields(one) if not field.name.startswith("_")}
    return {name: kind.__name__ for name, kind in _hints(one).items()}


def _attribute_docs(one: type) -> dict[str, str]:
    """Attribute → the text that stands below it in the source."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(one))).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    found: dict[str, str] = {}
    for line, below in pairwise(body):
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and (name := _assigned(line)):
            found[name] = " ".join(str(below.value.value).split())
    return found


def _assigned(line: ast.stmt) -> str:
    """The name that a line of a class gives a value or a type; empty where it is no such line."""
    if isinstance(line, ast.AnnAssign):
        return ast.unparse(line.target)
    return ast.unparse(line.targets[0]) if isinstance(line, ast.Assign) else ""


def _callable(called: str, call: Callable[..., Any]) -> Iterator[str]:
    signature = inspect.signature(call)
    parameters = [_parameter(one) for name, one in signature.parameters.items() if name != "self"]
    inside, given_back = ", ".join(parameters), f" -> {signature.return_annotation}"
    if len(called) + len(inside) + len(given_back) > 98:
        inside = "\n" + "".join(f"    {one},\n" for one in parameters)
    yield f"```text\n{called}({inside}){given_back}\n```\n"
    yield f"{_prose(call)}\n"


def _parameter(one: inspect.Parameter) -> str:
    if one.default is inspect.Parameter.empty:
        return f"{one.name}: {one.annotation}"
    default = str(one.default) if isinstance(one.default, str) else one.default  # an enumeration's member as its value
    return f"{one.name}: {one.annotation} = {default!r}"


def _prose(documented: Any) -> str:
    """A docstring as Markdown, in which a line that ends does not end a sentence."""
    return inspect.getdoc(documented) or ""


def _first_sentence(documented: Any) -> str:
    return re.split(r"(?<=\.)\s", " ".join(_prose(documented).split()), maxsplit=1)[0]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
