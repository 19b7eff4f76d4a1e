"""Eight tables of a wholesaler: countries, suppliers, parts, offers, clients, orders, their lines, returns.

All rows are made here, the same ones every time; expectations are computed from them and never from a table.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Pays:
    code: str
    nom: str
    region: str


@dataclass(frozen=True)
class Fournisseur:
    id_fournisseur: int
    nom: str
    pays: str
    solde: Decimal


@dataclass(frozen=True)
class Piece:
    id_piece: int
    nom: str
    genre: str
    taille: int | None


@dataclass(frozen=True)
class Offre:
    piece: int
    fournisseur: int
    cout: Decimal
    stock: int


@dataclass(frozen=True)
class Client:
    id_client: int
    nom: str
    pays: str | None
    telephone: str
    segment: str


@dataclass(frozen=True)
class Commande:
    id_commande: int
    client: int
    jour: date
    priorite: int
    remarque: str | None


@dataclass(frozen=True)
class Ligne:
    commande: int
    numero: int
    piece: int
    fournisseur: int
    quantite: int
    prix: Decimal
    remise: Decimal
    promis: date
    livre: date | None
    mode: str


@dataclass(frozen=True)
class Retour:
    commande: int
    numero: int
    jour: date
    motif: str | None


@dataclass(frozen=True)
class World:
    pays: Sequence[Pays]
    fournisseurs: Sequence[Fournisseur]
    pieces: Sequence[Piece]
    offres: Sequence[Offre]
    clients: Sequence[Client]
    commandes: Sequence[Commande]
    lignes: Sequence[Ligne]
    retours: Sequence[Retour]

    def files(self) -> dict[str, str]:
        """Each table as the text of a file: fields between `|`, nothing where there is no value."""
        return {f"{field.name}.csv": _text(getattr(self, field.name)) for field in fields(self)}


def _text(rows: Sequence[Any]) -> str:
    lines = ["|".join(field.name for field in fields(rows[0]))]
    lines += ["|".join("" if value is None else str(value) for value in astuple(row)) for row in rows]
    return "\n".join(lines) + "\n"


_PAYS = (
    ("FR", "France", "Europe"),
    ("DE", "Allemagne", "Europe"),
    ("ES", "Espagne", "Europe"),
    ("MA", "Maroc", "Afrique"),
    ("SN", "Sénégal", "Afrique"),
    ("CA", "Canada", "Amérique"),
    ("BR", "Brésil", "Amérique"),
    ("JP", "Japon", "Asie"),
)
_GENRES = ("PROMO LAITON", "PROMO ACIER", "STANDARD ACIER", "STANDARD CUIVRE", "LUXE ÉTAIN")
_MODES = ("route", "rail", "mer", "air")
_MOTIFS = ("cassé", "erreur", "trop tard", None)


def world(seed: int = 11) -> World:
    """The eight tables."""
    dice = random.Random(seed)
    pays = [Pays(*one) for one in _PAYS]
    codes = [one.code for one in pays]
    fournisseurs = [
        Fournisseur(n, f"Maison {n:03d}", dice.choice(codes), _money(dice, -500, 9000)) for n in range(1, 21)
    ]
    pieces = [
        Piece(n, f"pièce {dice.choice('abc')}{n}", dice.choice(_GENRES), dice.choice([None, *range(1, 12)]))
        for n in range(1, 51)
    ]
    offres = [
        Offre(piece.id_piece, one, _money(dice, 5, 60), dice.randrange(0, 400))
        for piece in pieces
        for one in sorted(dice.sample(range(1, 21), 3))
    ]
    clients = [
        Client(n, f"  Client-{n:03d} ", dice.choice([None, *codes]), _phone(dice), dice.choice(("gros", "détail")))
        for n in range(1, 71)
    ]
    commandes = [_order(dice, number) for number in range(1, 501)]
    lignes = [line for order in commandes for line in _lines(dice, order, offres)]
    delivered = [line for line in lignes if line.livre]
    retours = [
        Retour(line.commande, line.numero, line.livre + timedelta(dice.randrange(0, 40)), dice.choice(_MOTIFS))
        for line in sorted(dice.sample(delivered, 120), key=lambda line: (line.commande, line.numero))
        if line.livre
    ]
    return World(pays, fournisseurs, pieces, offres, clients, commandes, lignes, retours)


def _money(dice: random.Random, low: int, high: int) -> Decimal:
    return Decimal(dice.randrange(low * 100, high * 100)) / 100


def _phone(dice: random.Random) -> str:
    return f"{dice.randrange(10, 40)}-{dice.randrange(100, 1000)}-{dice.randrange(1000, 10000)}"


def _order(dice: random.Random, number: int) -> Commande:
    # Clients above 60 never order; the year's ends are where weeks and years part.
    day = date(2023, 1, 1) + timedelta(dice.choice((0, 364, 365, 366, 424, 729, 730, *range(0, 730, 3))))
    remark = dice.choice((None, "urgent: appeler avant", "demande spéciale du client", "rien"))
    return Commande(number, dice.randrange(1, 61), day, dice.randrange(1, 6), remark)


def _lines(dice: random.Random, order: Commande, offres: Sequence[Offre]) -> list[Ligne]:
    made = []
    for number in range(1, dice.randrange(1, 6) + 1):
        offer = dice.choice(offres[:120])  # the last ten parts are never sold
        promised = order.jour + timedelta(dice.randrange(5, 40))
        delivered = None if dice.random() < 0.1 else promised + timedelta(dice.randrange(-5, 12))
        made.append(
            Ligne(
                *(order.id_commande, number, offer.piece, offer.fournisseur, dice.randrange(1, 51)),
                *(_money(dice, 10, 90), Decimal(dice.randrange(0, 11)) / 100, promised, delivered),
                dice.choice(_MODES),
            )
        )
    return made
