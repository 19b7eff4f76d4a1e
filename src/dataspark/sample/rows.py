"""The SQL that writes the rows of each file, one text per line.

A row's plain values depend on `o` alone, the line of its original: so a duplicate has its original's values. `s` is the
row's slot, `i` its line, `r` its number among the accepted rows (`layout.py` says what these are). The first ranks go
through every day, product and country in turn, so that none is missing whatever the seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from dataspark.sample.layout import Layout, Outcome, case_sql, choose_sql, literal, random_sql

COUNTRIES = ("France", "Germany", "Spain", "Italy", "Belgium", "Netherland", "Switzerland", "UK", "Canada")
PRODUCTS = (
    *("Laptop", "Phone", "Tablet", "Headphones", "Monitor"),
    *("Keyboard", "Mouse", "Webcam", "Speaker", "Charger"),
)
FIRST_NAMES = (
    *(
        "Marie",
        "Jean",
        "Sophie",
        "Pierre",
        "Julie",
        "Thomas",
        "Camille",
        "Nicolas",
        "Laura",
        "Antoine",
        "Emma",
        "Lucas",
    ),
    *("Hannah", "Lukas", "Lena", "Jonas", "Carmen", "Diego", "Lucia", "Pablo", "Giulia", "Marco", "Chiara", "Luca"),
    *("Emily", "James", "Olivia", "George", "Sanne", "Daan", "Noah", "Amelia", "Zoe", "Hugo", "Ines", "Karim"),
)
LAST_NAMES = (
    *("Martin", "Bernard", "Durand", "Petit", "Robert", "Moreau", "Lefebvre", "Garnier", "Faure", "Rousseau", "Blanc"),
    *("Schmidt", "Weber", "Wagner", "Becker", "Hoffmann", "Garcia", "Lopez", "Sanchez", "Romero", "Navarro", "Rossi"),
    *("Ferrari", "Bianchi", "Ricci", "Marino", "Smith", "Jones", "Taylor", "Brown", "Wilson", "Evans", "Jansen"),
    *("Visser", "Bakker", "Peeters", "Janssens", "Maes", "Keller", "Meier", "Frei", "Tremblay", "Gagnon", "Roy"),
)
FIRST_DAY = 1_737_244_800
"""2025-01-19T00:00:00Z, in seconds since 1970."""
DAYS = 346
"""2025-01-19 to 2025-12-30."""
AS_OF = FIRST_DAY + DAYS * 86_400
"""2025-12-31T00:00:00Z."""
STRIDE = 149
"""Ranks next to each other (those of one kind) are this many days apart. It shares no factor with DAYS."""
ROUNDS = 8
"""How often the first ranks go through every day."""


@dataclass(frozen=True)
class Spans:
    """A layout's kinds by name, for expressions that differ by kind."""

    layout: Layout

    def case(self, plain: str, **by_kind: str) -> str:
        """`plain`, save for the kinds that are named."""
        return case_sql("s", plain, {self.layout.span(name): text for name, text in by_kind.items()})


def clients_sql(layout: Layout, seed: int, lines: range) -> str:
    """A query with one text per line of clients.csv, header excluded."""
    random = partial(random_sql, seed)
    spans = Spans(layout)
    newer = _newer(layout)
    day = random("inscription", "o", 2160)
    values = {
        "id": "CAST(o + 1 AS VARCHAR)",
        "nom": f"{choose_sql(random('prenom', 'o', len(FIRST_NAMES)), FIRST_NAMES)} || ' ' || "
        f"{choose_sql(random('nom', 'o', len(LAST_NAMES)), LAST_NAMES)}",
        "jour": f"make_timestamp((1577836800 + {day} * 86400) * 1000000)",
        "pays": choose_sql(
            f"CASE WHEN {newer} THEN ({_country(random)} + 1) % {len(COUNTRIES)} ELSE {_country(random)} END", COUNTRIES
        ),
    }
    futur = f"make_timestamp(({AS_OF} + (1 + {random('futur', 'o', 300)}) * 86400) * 1000000)"
    iso = "strftime({}, '%Y-%m-%d')".format
    fields = {
        "id": spans.case("id", id_missing="''", id_type="'C-' || id", padding="'  ' || id"),
        "nom": spans.case(
            "nom", nom_missing="''", several="'   '", padding="nom || chr(160) || ' '", nom_quoted=_quoted_name("o")
        ),
        "email": spans.case(
            _address("id"),
            email_missing="''",
            email_malformed=_malformed_address("o"),
            several="'inconnue'",
            conflict=f"CASE WHEN {newer} THEN {_address('id', 'nouveau.')} ELSE {_address('id')} END",
            padding=f"chr(9) || {_address('id')} || ' '",
        ),
        "date": spans.case(
            "CAST(CAST(jour AS DATE) AS VARCHAR)",
            date_missing="''",
            date_unreadable=choose_sql("(o % 4)", ("2024-02-30", "2023-13-01", "inconnue", "32/01/2024")),
            date_future=iso(futur),
            date_format=_formatted("o", "jour", ("%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S")),
            date_ancienne="'19' || CAST(70 + o % 30 AS VARCHAR) || '-06-15'",
            padding="CAST(CAST(jour AS DATE) AS VARCHAR) || ' '",
        ),
        "pays": spans.case(
            "pays",
            pays_missing="''",
            pays_unknown=choose_sql("(o % 4)", ("Atlantis", "Francee", "???", "france")),
            several="'Atlantis'",
            padding="' ' || pays || '  '",
        ),
    }
    return _lines_sql(layout, lines, values, fields)


def achats_sql(layout: Layout, clients: Layout, seed: int, lines: range) -> str:
    """A query with one text per line of achats.csv, header excluded."""
    random = partial(random_sql, seed)
    spans = Spans(layout)
    newer = _newer(layout)
    nobody = f"{clients.rows + 1} + {random('personne', 'o', 1000)}"
    lost = (
        f"1 + {clients.line_sql(random('perdu', 'o', clients.quarantined_end))}" if clients.quarantined_end else nobody
    )
    values = {
        "id": "CAST(o + 1 AS VARCHAR)",
        "rang_client": random("client", "o", max(1, clients.count(Outcome.ACCEPTED))),
        "secondes": f"{FIRST_DAY} + {_day(random)} * 86400 + {random('seconde', 'o', 86_400)}",
        "centimes": f"1000 + {random('montant', 'o', 49_001)} + CASE WHEN {newer} THEN 100 ELSE 0 END",
        "produit": choose_sql(_product(random), PRODUCTS),
    }
    client = f"CAST(1 + {clients.rank_to_line_sql('rang_client')} AS VARCHAR)"
    date = "CAST(make_timestamp(secondes * 1000000) AS VARCHAR)"
    days_ahead = f"CASE WHEN o % 10 = 0 THEN 26000 ELSE {random('futur', 'o', 18)} END"
    futur = f"CAST(make_timestamp(({AS_OF} + 1 + {days_ahead} * 86400 + secondes % 86399) * 1000000) AS VARCHAR)"
    fields = {
        "id": spans.case(
            "id",
            id_missing="''",
            id_type="'A' || id",
            id_minimum="CASE WHEN o % 2 = 0 THEN '0' ELSE '-' || id END",
            padding="' ' || id || '  '",
        ),
        "client": spans.case(
            client,
            client_missing="''",
            client_type=choose_sql("(o % 4)", ("x12", "12.5", "1_000", "99999999999999999999")),
            client_minimum="CAST(-(o % 5) AS VARCHAR)",
            several="'-5'",
            padding=f"chr(9) || {client}",
            orphan_of_lost_client=f"CAST({lost} AS VARCHAR)",
            orphan_of_nobody=f"CAST({nobody} AS VARCHAR)",
        ),
        "date": spans.case(
            date,
            date_missing="''",
            several="' '",
            date_unreadable=choose_sql(
                "(o % 5)", ("2025-02-30", "31/02/2025", "2025-13-45 10:00:00", "hier", "20250506")
            ),
            date_future=futur,
            several_future=futur,
            date_format=_formatted("o", "make_timestamp(secondes * 1000000)", DATE_FORMATS),
            date_zone=_zoned("o"),
            padding=f"{date} || ' '",
        ),
        "montant": spans.case(
            _amount("centimes"),
            montant_missing="''",
            montant_type=choose_sql("(o % 4)", ("abc", "N/A", '"12,50"', "12.50 EUR")),
            montant_too_many_digits="'99999999999.00'",
            montant_zero=choose_sql("(o % 3)", ("0.0", "0", "0.004")),
            montant_negative=f"'-' || {_amount('centimes')}",
            montant_absurd="CAST(100001 + o % 900000 AS VARCHAR) || '.0'",
            several="'abc'",
            several_future=f"'-' || {_amount('centimes')}",
            padding=f"' ' || {_amount('centimes')} || chr(9)",
            montant_spelling=_spelled("o"),
            montant_eleve="CAST(5001 + o % 2999 AS VARCHAR) || '.5'",
        ),
        "produit": spans.case(
            "produit",
            produit_missing="CASE WHEN o % 2 = 0 THEN '' ELSE '  ' END",
            padding="produit || ' ' || chr(160)",
        ),
    }
    return _lines_sql(layout, lines, values, fields)


DATE_FORMATS = (
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%Y/%m/%d %H:%M:%S",
    "%d-%m-%Y %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S",
)
"""In DuckDB's notation; each is one that the contract accepts."""


def _lines_sql(layout: Layout, lines: range, values: Mapping[str, str], fields: Mapping[str, str]) -> str:
    """Line numbers → slots → originals and ranks → plain values → one text."""
    repeated = [span for span in layout.spans if span.kind.slots_each == 2]
    original = {span: f"least(i, {layout.line_sql(f'{span.mirror} - s')})" for span in repeated}
    rank, first = {}, 0
    for span in repeated:
        rank[span] = f"{first} + least(s - {span.start}, {span.end - 1} - s)"
        first += span.count
    plain_rank = (
        f"CASE WHEN s < {layout.quarantined_end} THEN s ELSE s - {layout.quarantined_end + layout.repeated} END"
    )
    listed = ", ".join(f"{text} AS {name}" for name, text in values.items())
    line = " || ',' || ".join(f"({text})" for text in fields.values())
    return (
        f"WITH lignes AS (SELECT range AS i, {layout.slot_sql('range')} AS s FROM range({lines.start}, {lines.stop})), "
        f"origines AS (SELECT i, s, {case_sql('s', 'i', original)} AS o, {case_sql('s', plain_rank, rank)} AS r "
        "FROM lignes), "
        f"valeurs AS (SELECT i, s, o, {listed} FROM origines) "
        f"SELECT {line} AS ligne FROM valeurs"
    )


def _newer(layout: Layout) -> str:
    """Whether a row is the later one of a conflict: it has the key of its original, and other values."""
    span = layout.span("conflict")
    return f"s BETWEEN {span.start} AND {span.end - 1} AND i <> o"


def _in_turn(random: partial[str], name: str, count: int, rounds: int) -> str:
    """A number below `count`: in turn for the first ranks, then by chance."""
    return f"(CASE WHEN r < {rounds * count} THEN r % {count} ELSE {random(name, 'o', count)} END)"


def _country(random: partial[str]) -> str:
    return _in_turn(random, "pays", len(COUNTRIES), 40)


def _product(random: partial[str]) -> str:
    return _in_turn(random, "produit", len(PRODUCTS), ROUNDS * DAYS // len(PRODUCTS))


def _day(random: partial[str]) -> str:
    """Every fourth purchase is drawn from later days, so that revenue grows over the year."""
    chance = random("jour", "o", DAYS)
    later = f"greatest({chance}, {random('tard', 'o', DAYS)})"
    drawn = f"CASE WHEN o % 4 = 0 THEN {later} ELSE {chance} END"
    return f"(CASE WHEN r < {ROUNDS * DAYS} THEN r * {STRIDE} % {DAYS} ELSE {drawn} END)"


def _amount(cents: str) -> str:
    """190.0 and 387.02, as a program that prints floats writes them."""
    tenths = f"{cents} // 10 % 10"
    return (
        f"(CAST({cents} // 100 AS VARCHAR) || '.' || CAST({tenths} AS VARCHAR) || "
        f"CASE WHEN {cents} % 10 = 0 THEN '' ELSE CAST({cents} % 10 AS VARCHAR) END)"
    )


def _spelled(by: str) -> str:
    """Amounts that are right but unusual: a sign, an exponent, a third decimal to round."""
    return (
        f"CASE {by} % 4 WHEN 0 THEN '+' || {_amount('centimes')} WHEN 1 THEN CAST(centimes AS VARCHAR) || 'e-2' "
        f"WHEN 2 THEN CAST(centimes // 100 AS VARCHAR) || '.125' ELSE '0' || CAST(centimes // 100 AS VARCHAR) END"
    )


def _formatted(by: str, moment: str, formats: tuple[str, ...]) -> str:
    whens = " ".join(f"WHEN {n} THEN strftime({moment}, {literal(text)})" for n, text in enumerate(formats))
    return f"CASE {by} % {len(formats)} {whens} END"


def _zoned(by: str) -> str:
    """The same instants, told in other zones or more exactly."""
    told = "strftime(make_timestamp((secondes + {}) * 1000000), {})".format
    return (
        f"CASE {by} % 4 WHEN 0 THEN {told(0, literal('%Y-%m-%dT%H:%M:%SZ'))} "
        f"WHEN 1 THEN {told(7200, literal('%Y-%m-%dT%H:%M:%S+02:00'))} "
        f"WHEN 2 THEN {told(-19800, literal('%Y-%m-%d %H:%M:%S-05:30'))} "
        f"ELSE {told(0, literal('%Y-%m-%d %H:%M:%S.125'))} END"
    )


def _address(identity: str, prefix: str = "") -> str:
    domain = "CASE o % 3 WHEN 0 THEN 'com' WHEN 1 THEN 'org' ELSE 'net' END"
    return f"'{prefix}client' || {identity} || '@example.' || {domain}"


def _malformed_address(by: str) -> str:
    return choose_sql(
        f"({by} % 6)",
        ("marie.durand", "marie@", "@example.com", "marie durand@example.com", "marie@@example.com", "marie@example"),
    )


def _quoted_name(by: str) -> str:
    return choose_sql(f"({by} % 3)", ('"Durand, Marie"', '"Jean ""Jeannot"" Petit"', '"O\'Neil, Zoé"'))
