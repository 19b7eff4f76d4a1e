"""Query → Parquet files in a table's folder, written by Spark's workers. The commit that names them is `lake/delta.py`'s.

Delta's own writer would judge every row again for its statistics, and read and write the log with several jobs a
commit: a second for each table, however small. The footers of the files say the same for nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dataspark.engines.duckdb.footers import Footer, footers
from dataspark.engines.duckdb.session import Session as Duck
from dataspark.engines.spark.session import Session
from dataspark.engines.spark.text import address
from dataspark.lake.delta import DataFile, Field
from dataspark.lake.storage import Area
from dataspark.sql.spark.writing import text as literal


@dataclass(frozen=True)
class Files:
    """Writes files into the folders of one lake: areas where to rename a file is to take it in, as it is in a folder."""

    session: Session
    duck: Duck
    """Reads footers."""
    scratch: str
    """The folder of each area where files may be until they are whole."""

    def write(self, query: str, area: Area, folder: str, fields: Sequence[Field]) -> list[DataFile]:
        """Write a query of Spark's; no reader sees the files yet. Of no rows there is no file."""
        arriving = f"{self.scratch}/{uuid.uuid4().hex}"
        area.prepare(folder)
        try:
            where = literal(address(area.location(arriving)))
            self.session.run(f"INSERT OVERWRITE DIRECTORY {where} USING parquet {query}")
            made = {
                area.location(one.name): one.size
                for one in area.listing(arriving, hidden=False)
                if one.name.endswith(".parquet")
            }
            told = footers(self.duck, list(made), fields)
            return [_take_in(area, folder, place, made[place], told[place]) for place in made if told[place].rows]
        finally:
            area.delete_folder(arriving)


def _take_in(area: Area, folder: str, place: str, size: int, told: Footer) -> DataFile:
    name = f"part-{uuid.uuid4().hex}.parquet"
    area.put(Path(place), f"{folder}/{name}")
    return DataFile(name, size, told.rows, told.minimum, told.maximum, told.nulls)
