"""The retail pipeline once more, as slowly and plainly as it can be said: an oracle for DataSpark.

Written from what the contracts of `examples/retail` mean, with the csv module, loops and pandas. It shares no code with
DataSpark and must not import it. Of the project it reads one thing: the list of countries in the clients' contract.

```python
result = refine({"clients": [Path("clients.csv")], "achats": [Path("achats.csv")]}, as_of)
frames = gold(result.silver)
```
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

PROJECT = Path(__file__).resolve().parents[2] / "examples" / "retail"
COLUMNS = {
    "clients": ("id_client", "nom", "email", "date_inscription", "pays"),
    "achats": ("id_achat", "id_client", "date_achat", "montant", "produit"),
}
KEYS = {"clients": "id_client", "achats": "id_achat"}
LARGEST_INTEGER = 2**63 - 1

Row = dict[str, Any]


@dataclass
class Ledger:
    """Where the rows of one file (or table) went."""

    read: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    superseded: int = 0

    @property
    def balanced(self) -> bool:
        return self.read == self.accepted + self.quarantined + self.duplicates + self.superseded

    def __add__(self, other: Ledger) -> Ledger:
        return Ledger(*(mine + its for mine, its in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass(frozen=True)
class Rejected:
    """One quarantined row. `line` is the line of the file on which it begins; the header is on line 1."""

    table: str
    file: Path
    line: int
    reasons: tuple[str, ...]


@dataclass
class Refined:
    """What silver is after all files."""

    silver: dict[str, pd.DataFrame] = field(default_factory=dict)
    quarantine: list[Rejected] = field(default_factory=list)
    ledgers: dict[tuple[str, Path], Ledger] = field(default_factory=dict)
    warnings: dict[str, Counter[str]] = field(default_factory=dict)
    """Rows without an error that broke a rule of severity warning, by code."""
    orphans: int = 0
    """Rows of silver.achats whose client is not in silver.clients."""

    def ledger(self, table: str) -> Ledger:
        """The sum over the table's files."""
        return sum((ledger for (name, _), ledger in self.ledgers.items() if name == table), Ledger())

    def reasons(self, table: str) -> Counter[str]:
        """How many quarantined rows have each reason."""
        return Counter(reason for row in self.quarantine if row.table == table for reason in row.reasons)


# --- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Record:
    """One row of a file as it came: its fields by column, or the reason why it is no row at all."""

    line: int
    fields: Mapping[str, str]
    broken: str | None = None


def read_records(path: Path, columns: Sequence[str]) -> Iterator[Record]:
    """The rows of a file, matched to the contract by the header's names. Quoting must be whole."""
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        reader = csv.reader(text)
        header = [name.strip() for name in next(reader, [])]
        if not header:
            return
        if len(set(header)) < len(header) or not set(columns) <= set(header):
            raise ValueError(f"{path.name}: header {header} does not match {columns}")
        end = reader.line_num
        for cells in reader:
            line, end = end + 1, reader.line_num
            if cells:
                yield _record(line, header, cells, columns)


def _record(line: int, header: Sequence[str], cells: Sequence[str], columns: Sequence[str]) -> Record:
    whole = "".join(cells)
    if any("\udc80" <= character <= "\udcff" for character in whole):
        return Record(line, {}, "csv.encoding")
    if "\0" in whole:
        return Record(line, {}, "csv.nul")
    if len(cells) != len(header):
        return Record(line, {}, "csv.columns")
    named = dict(zip(header, cells, strict=True))
    return Record(line, {column: named[column] for column in columns})


# --- casting: text → value; ValueError means that the text is none of its type -----------------------------------


def to_integer(text: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise ValueError(f"{text!r} is no integer")
    value = int(text) if len(text) < 100 else int(text.lstrip("+-0") or "0")
    if not -LARGEST_INTEGER - 1 <= value <= LARGEST_INTEGER:
        raise ValueError(f"{text!r} is no integer")
    return value


def to_amount(text: str) -> Decimal:
    """DECIMAL(12, 2): ten digits before the point; the third decimal rounds half away from zero."""
    if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text):
        raise ValueError(f"{text!r} is no amount")
    value = Decimal(text)
    if value and value.adjusted() > 10:
        raise ValueError(f"{text!r} is no amount")
    if not value or value.adjusted() < -4:
        return Decimal("0.00")
    rounded = value.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP, context=Context(prec=len(text) + 20))
    if abs(rounded) >= 10**10:
        raise ValueError(f"{text!r} is no amount")
    return rounded


_DAY = r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})"
_CLOCK = r"(?P<h>[0-9]{2}):(?P<min>[0-9]{2}):(?P<s>[0-9]{2})"
ISO_DATE = _DAY
ISO_TIMESTAMP = (
    _DAY + r"([T ](?P<h>[0-9]{2}):(?P<min>[0-9]{2})(:(?P<s>[0-9]{2})(\.(?P<f>[0-9]+))?)?)?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<zh>[0-9]{2})(:(?P<zm>[0-9]{2}))?)?"
)
DATE_FORMATS = (
    ISO_DATE,
    f"{_DAY} {_CLOCK}",
    r"(?P<d>[0-9]{2})/(?P<m>[0-9]{2})/(?P<y>[0-9]{4})",
    r"(?P<y>[0-9]{4})/(?P<m>[0-9]{2})/(?P<d>[0-9]{2})",
    r"(?P<d>[0-9]{2})-(?P<m>[0-9]{2})-(?P<y>[0-9]{4})",
    r"(?P<d>[0-9]{2})\.(?P<m>[0-9]{2})\.(?P<y>[0-9]{4})",
)
TIMESTAMP_FORMATS = (
    ISO_TIMESTAMP,
    r"(?P<d>[0-9]{2})/(?P<m>[0-9]{2})/(?P<y>[0-9]{4}) " + _CLOCK,
    r"(?P<d>[0-9]{2})/(?P<m>[0-9]{2})/(?P<y>[0-9]{4}) (?P<h>[0-9]{2}):(?P<min>[0-9]{2})",
    r"(?P<d>[0-9]{2})/(?P<m>[0-9]{2})/(?P<y>[0-9]{4})",
    r"(?P<y>[0-9]{4})/(?P<m>[0-9]{2})/(?P<d>[0-9]{2}) " + _CLOCK,
    r"(?P<d>[0-9]{2})-(?P<m>[0-9]{2})-(?P<y>[0-9]{4}) " + _CLOCK,
    r"(?P<d>[0-9]{2})\.(?P<m>[0-9]{2})\.(?P<y>[0-9]{4}) " + _CLOCK,
)


def to_timestamp(text: str, formats: Sequence[str] = TIMESTAMP_FORMATS) -> datetime:
    """An instant in UTC. A text without a zone is read in UTC; below the microsecond it is cut."""
    for pattern in formats:
        match = re.fullmatch(pattern, text)
        if match:
            return _instant(match.groupdict())
    raise ValueError(f"{text!r} is no date")


def _instant(parts: Mapping[str, str | None]) -> datetime:
    def number(name: str) -> int:
        return int(parts.get(name) or 0)

    microsecond = int((parts.get("f") or "0").ljust(6, "0")[:6])
    moment = datetime(number("y"), number("m"), number("d"), number("h"), number("min"), number("s"), microsecond, UTC)
    if not parts.get("sign"):
        return moment
    offset = timedelta(hours=number("zh"), minutes=number("zm"))
    return moment.replace(tzinfo=timezone(-offset if parts["sign"] == "-" else offset)).astimezone(UTC)


def to_date(text: str) -> date:
    return to_timestamp(text, DATE_FORMATS).date()


# --- the contracts --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Promise:
    """What a column promises: how its text becomes a value, and what a value must be, by reason code."""

    cast: Callable[[str], Any]
    required: bool
    rules: Mapping[str, Callable[[Any], bool]] = field(default_factory=dict)


def countries() -> frozenset[str]:
    """The countries that the clients' contract lists."""
    contract = yaml.safe_load((PROJECT / "contracts" / "clients.odcs.yaml").read_text(encoding="utf-8"))
    pays = next(column for column in contract["schema"][0]["properties"] if column["name"] == "pays")
    return frozenset(pays["quality"][0]["arguments"]["validValues"])


def is_email(text: str) -> bool:
    """Something, one @, and at least two words with a dot between them, without spaces."""
    name, at, domain = text.partition("@")
    words = domain.split(".")
    blank = any(character in " \t\n\r\f\v" for character in text)
    return bool(name) and at == "@" and "@" not in domain and len(words) >= 2 and all(words) and not blank


def promises() -> dict[str, dict[str, Promise]]:
    known = countries()
    positive = {"minimum": lambda value: value >= 1}
    short = {"maxLength": lambda value: len(value) <= 200}
    amount = {"maximum": lambda value: value <= 100_000, "exclusiveMinimum": lambda value: value > 0}
    return {
        "clients": {
            "id_client": Promise(to_integer, True, positive),
            "nom": Promise(str, True, short),
            "email": Promise(str, False, {"pattern": is_email}),
            "date_inscription": Promise(to_date, True),
            "pays": Promise(str, True, {"enum": lambda value: value in known}),
        },
        "achats": {
            "id_achat": Promise(to_integer, True, positive),
            "id_client": Promise(to_integer, True, positive),
            "date_achat": Promise(to_timestamp, True),
            "montant": Promise(to_amount, True, amount),
            "produit": Promise(str, True, short),
        },
    }


def judge(fields: Mapping[str, str], columns: Mapping[str, Promise]) -> tuple[Row, list[str]]:
    """The typed row and the reasons against it, column by column."""
    row: Row = {}
    reasons: list[str] = []
    for name, promise in columns.items():
        text = fields[name].strip(" \t\r\n\u00a0")
        row[name] = None
        if text == "":
            if promise.required:
                reasons.append(f"{name}.required")
            continue
        try:
            row[name] = promise.cast(text)
        except (ValueError, ArithmeticError):
            reasons.append(f"{name}.type")
            continue
        reasons += [f"{name}.{kind}" for kind, holds in promise.rules.items() if not holds(row[name])]
    return row, reasons


def row_errors(table: str, row: Row, as_of: datetime) -> list[str]:
    """The rules over a whole row that quarantine it. An empty value breaks none."""
    if table == "clients":
        day = row["date_inscription"]
        future = day is not None and datetime(day.year, day.month, day.day, tzinfo=UTC) > as_of
    else:
        future = row["date_achat"] is not None and row["date_achat"] > as_of
    return ["row.date_future"] if future else []


def row_warnings(table: str, row: Row) -> list[str]:
    """The rules over a whole row that only count."""
    if table == "clients":
        return ["row.date_ancienne"] if row["date_inscription"] < date(2000, 1, 1) else []
    return ["row.montant_eleve"] if row["montant"] > 5000 else []


# --- silver ---------------------------------------------------------------------------------------------------------


def refine(files_by_table: Mapping[str, Sequence[Path]], as_of: datetime) -> Refined:
    """Silver, the quarantine and the ledgers of all files, each table's in their order of arrival."""
    result = Refined()
    for table in COLUMNS:
        _refine_table(table, files_by_table.get(table, ()), as_of, result)
    clients = set(result.silver["clients"]["id_client"])
    result.orphans = sum(client not in clients for client in result.silver["achats"]["id_client"])
    return result


def _refine_table(table: str, files: Sequence[Path], as_of: datetime, result: Refined) -> None:
    columns = promises()[table]
    result.warnings[table] = Counter()
    history: dict[Any, list[tuple[Path, Row]]] = defaultdict(list)
    for file in files:
        ledger = result.ledgers[table, file] = Ledger()
        for record in read_records(file, COLUMNS[table]):
            ledger.read += 1
            reasons = [record.broken] if record.broken else []
            if not reasons:
                row, reasons = judge(record.fields, columns)
                reasons += row_errors(table, row, as_of)
            if reasons:
                ledger.quarantined += 1
                result.quarantine.append(Rejected(table, file, record.line, tuple(reasons)))
            else:
                result.warnings[table].update(row_warnings(table, row))
                history[row[KEYS[table]]].append((file, row))
    for versions in history.values():
        _count_versions(table, versions, result)
    newest = [versions[-1][1] for _, versions in sorted(history.items())]
    result.silver[table] = frame(COLUMNS[table], newest)


def _count_versions(table: str, versions: Sequence[tuple[Path, Row]], result: Refined) -> None:
    """Tell the rows of one key apart: repeats of the row before them, rows that a newer one replaced, the one left."""
    first_of_run: list[Path] = []
    previous: Row | None = None
    for file, row in versions:
        if row == previous:
            result.ledgers[table, file].duplicates += 1
        else:
            first_of_run.append(file)
        previous = row
    for file in first_of_run[:-1]:
        result.ledgers[table, file].superseded += 1
    result.ledgers[table, first_of_run[-1]].accepted += 1


# --- gold -----------------------------------------------------------------------------------------------------------

MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
WEEKDAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
UNKNOWN = "Inconnu"


def gold(silver: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The fourteen gold tables, each sorted by its key."""
    clients = silver["clients"].to_dict("records")
    achats = sorted(silver["achats"].to_dict("records"), key=lambda row: row["id_achat"])
    for row in achats:
        row["jour"] = row["date_achat"].astimezone(UTC).date()
    frames = _dimensions(clients, achats)
    frames |= _periods(achats)
    frames["fact_achats"] = _fact(achats, frames)
    frames["kpi_ca_par_pays"] = _by_country(clients, achats)
    frames["kpi_taux_croissance"] = _growth(frames["agregation_mois"].to_dict("records"))
    frames["kpi_distributions_statistiques"] = _distribution([row["montant"] for row in achats])
    return frames


def frame(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A frame that keeps Python's own values (Decimal, date, int next to None) as they are."""
    return pd.DataFrame({column: pd.Series([row[column] for row in rows], dtype=object) for column in columns})


def day_id(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _dimensions(clients: list[Row], achats: list[Row]) -> dict[str, pd.DataFrame]:
    pays = {name: number for number, name in enumerate(sorted({row["pays"] for row in clients}), start=1)}
    produits = {name: number for number, name in enumerate(sorted({row["produit"] for row in achats}), start=1)}
    known = {row["id_client"] for row in clients}
    dim_client = [dict(row, dim_client_id=row["id_client"], dim_pays_id=pays[row["pays"]]) for row in clients]
    if any(row["id_client"] not in known for row in achats):
        empty = dict.fromkeys(("id_client", "email", "date_inscription", "dim_pays_id"))
        dim_client.insert(0, {"dim_client_id": 0, "nom": UNKNOWN, "pays": UNKNOWN, **empty})
    days = sorted({row["jour"] for row in achats})
    return {
        "dim_client": frame(("dim_client_id", *COLUMNS["clients"], "dim_pays_id"), dim_client),
        "dim_pays": frame(("dim_pays_id", "pays"), [{"dim_pays_id": pays[name], "pays": name} for name in pays]),
        "dim_produit": frame(
            ("dim_produit_id", "produit"), [{"dim_produit_id": produits[name], "produit": name} for name in produits]
        ),
        "dim_temps": pd.DataFrame([_calendar(day) for day in days], columns=CALENDAR, dtype=object),
    }


CALENDAR = [
    "dim_temps_id",
    "date",
    "annee",
    "trimestre",
    "mois",
    "nom_mois",
    "annee_iso",
    "semaine",
    "jour",
    "jour_semaine",
    "nom_jour",
    "est_weekend",
]


def _calendar(day: date) -> Row:
    iso = day.isocalendar()
    return {
        "dim_temps_id": day_id(day),
        "date": day,
        "annee": day.year,
        "trimestre": (day.month + 2) // 3,
        "mois": day.month,
        "nom_mois": MONTHS[day.month - 1],
        "annee_iso": iso.year,
        "semaine": iso.week,
        "jour": day.day,
        "jour_semaine": iso.weekday,
        "nom_jour": WEEKDAYS[iso.weekday - 1],
        "est_weekend": iso.weekday >= 6,
    }


def _fact(achats: list[Row], frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    known = set(frames["dim_client"]["dim_client_id"])
    produits = dict(zip(frames["dim_produit"]["produit"], frames["dim_produit"]["dim_produit_id"], strict=True))
    rows = [
        {
            "id_achat": row["id_achat"],
            "dim_client_id": row["id_client"] if row["id_client"] in known else 0,
            "dim_produit_id": produits[row["produit"]],
            "dim_temps_id": day_id(row["jour"]),
            "date_achat": row["date_achat"],
            "montant": row["montant"],
            "quantite": 1,
        }
        for row in achats
    ]
    columns = ("id_achat", "dim_client_id", "dim_produit_id", "dim_temps_id", "date_achat", "montant", "quantite")
    return frame(columns, rows)


def _totals(achats: list[Row], key: Callable[[Row], Any]) -> dict[Any, tuple[int, Decimal]]:
    """By key, sorted: how many purchases, and their sum."""
    amounts: dict[Any, list[Decimal]] = defaultdict(list)
    for row in achats:
        amounts[key(row)].append(row["montant"])
    return {name: (len(values), sum(values, Decimal("0.00"))) for name, values in sorted(amounts.items())}


def _periods(achats: list[Row]) -> dict[str, pd.DataFrame]:
    """The aggregations and the volumes: the same totals under two sets of names."""
    periods: dict[str, tuple[tuple[str, ...], Callable[[Row], Any], Callable[[Any], Row]]] = {
        "jour": (
            ("date", "annee", "mois", "jour"),
            lambda row: row["jour"],
            lambda day: {"date": day, "annee": day.year, "mois": day.month, "jour": day.day},
        ),
        "semaine": (
            ("annee_iso", "semaine"),
            lambda row: tuple(row["jour"].isocalendar())[:2],
            lambda week: {"annee_iso": week[0], "semaine": week[1]},
        ),
        "mois": (
            ("annee", "mois", "trimestre"),
            lambda row: (row["jour"].year, row["jour"].month),
            lambda month: {"annee": month[0], "mois": month[1], "trimestre": (month[1] + 2) // 3},
        ),
    }
    volumes = {"jour": ("date",), "semaine": ("annee_iso", "semaine"), "mois": ("annee", "mois")}
    frames = {}
    for name, (columns, key, describe) in periods.items():
        rows = [
            {
                **describe(period),
                "ca_total": total,
                "ca_moyen": float(total) / count,
                "nb_transactions": count,
                "nb_achats": count,
            }
            for period, (count, total) in _totals(achats, key).items()
        ]
        frames[f"agregation_{name}"] = frame((*columns, "ca_total", "ca_moyen", "nb_transactions"), rows)
        frames[f"kpi_volumes_{name}"] = frame((*volumes[name], "nb_achats", "ca_total"), rows)
    return frames


def _by_country(clients: list[Row], achats: list[Row]) -> pd.DataFrame:
    pays = {row["id_client"]: row["pays"] for row in clients}
    rows = [
        {"pays": name, "nb_achats": count, "ca_total": total, "ca_moyen": float(total) / count}
        for name, (count, total) in _totals(achats, lambda row: pays.get(row["id_client"], UNKNOWN)).items()
    ]
    return frame(("pays", "nb_achats", "ca_total", "ca_moyen"), rows)


def _growth(months: list[Row]) -> pd.DataFrame:
    rows = []
    previous: Decimal | None = None
    for month in months:
        total = month["ca_total"]
        rate = None if not previous else two_digits(float((total - previous) * 100) / float(previous))
        rows.append({"annee": month["annee"], "mois": month["mois"], "ca": total, "taux_croissance": rate})
        previous = total
    return frame(("annee", "mois", "ca", "taux_croissance"), rows)


def two_digits(value: float) -> float:
    """Rounded half away from zero, as SQL does."""
    return math.copysign(math.floor(abs(value) * 100 + 0.5) / 100, value)


def _distribution(amounts: Sequence[Decimal]) -> pd.DataFrame:
    values = pd.Series([float(amount) for amount in amounts], dtype="float64")
    several = len(values) > 1
    row = {
        "metrique": "montant",
        "moyenne": float(sum(amounts)) / len(amounts) if amounts else None,
        "mediane": values.quantile(0.5) if amounts else None,
        "ecart_type": values.std(ddof=1) if several else None,
        "min": min(amounts, default=None),
        "max": max(amounts, default=None),
        "q25": values.quantile(0.25) if amounts else None,
        "q75": values.quantile(0.75) if amounts else None,
    }
    return frame(tuple(row), [row])
