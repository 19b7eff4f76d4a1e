"""DataSpark: raw files in, a released star schema out, with every input row accounted for.

```python
import dataspark

report = dataspark.run("examples/retail")             # what a run did, step by step
with dataspark.open("examples/retail") as lake:       # the newest release
    lake.table("kpi_ca_par_pays").to_pandas()         # .to_arrow() .to_polars() .rows()
    lake.sql("SELECT pays, ca_total FROM kpi_ca_par_pays").rows()
dataspark.diff("examples/retail").table("fact_achats") # what the last two releases differ in
```

Importing this package loads nothing else: each name is fetched when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataspark.answers.diff import diff
    from dataspark.answers.differences import Diff
    from dataspark.errors import DataError, DataSparkError, ProjectError, UsageError, WorldError
    from dataspark.pipeline.report import RunReport
    from dataspark.publishing.publish import Published, publish
    from dataspark.reader import Reader, Result, run
    from dataspark.reader import open_reader as open

__version__ = "0.1.0"

__all__ = [
    "DataError",
    "DataSparkError",
    "Diff",
    "ProjectError",
    "Published",
    "Reader",
    "Result",
    "RunReport",
    "UsageError",
    "WorldError",
    "__version__",
    "diff",
    "open",
    "publish",
    "run",
]

_HOMES = {
    "open": ("dataspark.reader", "open_reader"),
    "run": ("dataspark.reader", "run"),
    "diff": ("dataspark.answers.diff", "diff"),
    "publish": ("dataspark.publishing.publish", "publish"),
    "Published": ("dataspark.publishing.publish", "Published"),
    "Diff": ("dataspark.answers.differences", "Diff"),
    "Reader": ("dataspark.reader", "Reader"),
    "Result": ("dataspark.reader", "Result"),
    "RunReport": ("dataspark.pipeline.report", "RunReport"),
    "DataSparkError": ("dataspark.errors", "DataSparkError"),
    "DataError": ("dataspark.errors", "DataError"),
    "ProjectError": ("dataspark.errors", "ProjectError"),
    "UsageError": ("dataspark.errors", "UsageError"),
    "WorldError": ("dataspark.errors", "WorldError"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    found = getattr(importlib.import_module(module), attribute)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
