"""The names of tables: which layer they live in and what they are called."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """The kinds of tables that a lake holds."""

    SILVER = "silver"
    """Accepted rows."""
    QUARANTINE = "quarantine"
    """Rows that broke their contract, as they came."""
    REPEATS = "repeats"
    """Where the rows are that another row of their key stands for: duplicates and superseded ones."""
    JOURNAL = "journal"
    """What happened to quarantined rows, run by run."""
    GOLD = "gold"
    """Facts, dimensions, KPIs."""
    QUALITY = "quality"
    """Counts and column profiles, run by run."""


@dataclass(frozen=True, order=True)
class TableRef:
    """A table by layer and name: `silver.achats`, `quarantine.achats`, `gold.dim_client`, `quality.counts`."""

    layer: Layer
    name: str

    def __str__(self) -> str:
        return f"{self.layer}.{self.name}"

    @classmethod
    def parse(cls, text: str, default: Layer = Layer.GOLD) -> TableRef:
        """Read `layer.name`; a bare name is in `default`.

        Raises ValueError when the part before the dot is no layer.
        """
        layer, dot, name = text.partition(".")
        return cls(Layer(layer), name) if dot else cls(default, text)
