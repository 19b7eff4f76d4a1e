"""What each model must hold, computed from the generated rows by plain Python: no SQL, no table, no engine."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import Any

from industry.data import Commande, Ligne, World

Row = tuple[Any, ...]
EXPECTED: dict[str, Callable[[World], Iterable[Row]]] = {}
"""Model → its rows."""


def model(function: Callable[[World], Iterable[Row]]) -> Callable[[World], Iterable[Row]]:
    EXPECTED[function.__name__] = function
    return function


def grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


def sold(world: World) -> Iterator[tuple[Commande, Ligne]]:
    orders = {order.id_commande: order for order in world.commandes}
    return ((orders[line.commande], line) for line in world.lignes)


def by_number(rows: Sequence[Any], name: str) -> dict[Any, Any]:
    return {getattr(row, name): row for row in rows}


@model
def ca_par_pays(world: World) -> Iterable[Row]:
    clients, pays = by_number(world.clients, "id_client"), by_number(world.pays, "code")
    found = grouped(
        (clients[order.client].pays, (order.client, line))
        for order, line in sold(world)
        if order.jour.year == 2023 and clients[order.client].pays
    )
    for code, rows in found.items():
        net = [line.quantite * line.prix * (1 - line.remise) for _, line in rows]
        taxed = [line.quantite * line.prix * (1 - line.remise) * (1 + line.remise) for _, line in rows]
        yield pays[code].region, pays[code].nom, len({client for client, _ in rows}), sum(net), sum(taxed)


@model
def meilleures_offres(world: World) -> Iterable[Row]:
    makers = by_number(world.fournisseurs, "id_fournisseur")
    for piece in world.pieces:
        offers = [offer for offer in world.offres if offer.piece == piece.id_piece]
        lowest = min(offer.cout for offer in offers)
        if piece.taille is not None and piece.taille <= 6:
            for offer in offers:
                if offer.cout == lowest:
                    maker = makers[offer.fournisseur]
                    yield piece.id_piece, maker.nom, lowest, maker.solde


@model
def jamais_vendues(world: World) -> Iterable[Row]:
    gone = {line.piece for line in world.lignes}
    there = {offer.piece for offer in world.offres if offer.stock > 0}
    return [(one.id_piece, one.nom) for one in world.pieces if one.id_piece in there - gone]


@model
def retardataires(world: World) -> Iterable[Row]:
    names = {one.id_fournisseur: one.nom for one in world.fournisseurs}
    found: Counter[str] = Counter()
    for lines in grouped((line.commande, line) for line in world.lignes).values():
        late = [line for line in lines if line.livre and line.livre > line.promis]
        makers = {line.fournisseur for line in lines}
        if len(makers) > 1 and len({line.fournisseur for line in late}) == 1:
            found[names[late[0].fournisseur]] += len(late)
    return found.items()


@model
def meilleurs_clients(world: World) -> Iterable[Row]:
    bought = grouped((order.client, line) for order, line in sold(world))
    sums = {client: sum(line.quantite * line.prix for line in lines) for client, lines in bought.items()}
    counts = sorted({len(lines) for lines in bought.values()}, reverse=True)
    groups = grouped(((c.segment, c.pays), c.id_client) for c in world.clients if c.id_client in sums)
    for (segment, pays), members in groups.items():
        whole = sum(sums[client] for client in members)
        best = sorted(members, key=lambda client: (-sums[client], client))[:2]
        for place, client in enumerate(best, 1):
            lines = 1 + counts.index(len(bought[client]))
            yield segment, pays, client, sums[client], place, lines, float(sums[client] / whole)


def monthly(world: World) -> dict[date, Decimal]:
    found: dict[date, Decimal] = defaultdict(Decimal)
    for order, line in sold(world):
        found[order.jour.replace(day=1)] += line.quantite * line.prix
    return dict(sorted(found.items()))


@model
def cumul_par_mois(world: World) -> Iterable[Row]:
    sums = list(monthly(world).items())
    for at, (month, ca) in enumerate(sums):
        before = sums[at - 1][1] if at else None
        running = sum(value for other, value in sums[: at + 1] if other.year == month.year)
        grown = None
        if before is not None:
            grown = (100 * (ca - before) / before).quantize(Decimal("0.01"), ROUND_HALF_UP)
        last = [value for _, value in sums[max(0, at - 2) : at + 1]]
        yield month, ca, running, before, None if grown is None else float(grown), float(sum(last) / len(last))


@model
def etages(world: World) -> Iterable[Row]:
    clients, pays = by_number(world.clients, "id_client"), by_number(world.pays, "code")
    found: Counter[Row] = Counter()
    for order, line in sold(world):
        code = clients[order.client].pays
        region = pays[code].region if code else None
        for level in ((region, code, 0, 0), (region, None, 0, 1), (None, None, 1, 1)):
            found[level] += line.quantite
    return [(*level, pieces) for level, pieces in found.items()]


@model
def angles(world: World) -> Iterable[Row]:
    found = grouped(
        (angle, order.remarque)
        for order in world.commandes
        for angle in (
            (order.jour.year, None, None),
            (None, (order.jour.month + 2) // 3, None),
            (None, None, order.jour.isoweekday()),
        )
    )
    return [(*angle, len(those), sum(one is not None for one in those)) for angle, those in found.items()]


@model
def delais(world: World) -> Iterable[Row]:
    for mode, lines in grouped((line.mode, line) for line in world.lignes).items():
        days = [(line.livre - line.promis).days for line in lines if line.livre]
        months = ((line.promis.replace(day=28) + timedelta(4)).replace(day=1) for line in lines)
        ends = [following - timedelta(1) for following in months]
        late = [day for day in days if day > 0]
        early = sum(day <= -3 for day in days)
        yield mode, len(lines), len(late), len(lines) - len(days), sum(late), max(days), early, min(ends)


@model
def jours(world: World) -> Iterable[Row]:
    orders = Counter(order.jour for order in world.commandes)
    returns = grouped((one.jour, one.motif) for one in world.retours)
    for day in {*orders, *returns}:
        back = returns.get(day)
        told = None if back is None else sum(motif is not None for motif in back)
        yield day, orders.get(day), len(back) if back else None, told, orders.get(day, 0) - len(back or ())


def habits(world: World) -> Iterator[tuple[int, int]]:
    counted = Counter(
        order.client for order in world.commandes if order.remarque and order.remarque != "demande spéciale du client"
    )
    return ((one.id_client, counted[one.id_client]) for one in world.clients)


@model
def fiches(world: World) -> Iterable[Row]:
    clients, pays = by_number(world.clients, "id_client"), by_number(world.pays, "code")
    for number, orders in habits(world):
        client = clients[number]
        area, middle, last = client.telephone.split("-")
        country = pays[client.pays].nom if client.pays else "Inconnu"
        habit = "jamais" if orders == 0 else "peu" if orders < 8 else "souvent"
        short = f"{middle}.{last.replace('0', 'o')}"
        yield number, client.nom.strip().upper(), len(client.nom), area, short, country, orders, habit


@model
def repartition(world: World) -> Iterable[Row]:
    found = grouped((orders, client) for client, orders in habits(world))
    return [(orders, len(those), min(those)) for orders, those in found.items()]


@model
def ensembles(world: World) -> Iterable[Row]:
    a = {order.client for order in world.commandes if order.jour.year == 2023}
    b = {order.client for order in world.commandes if order.jour.year == 2024}
    everybody = {client.id_client for client in world.clients}
    sets = {"les deux": a & b, "seulement 2023": a - b, "au moins un": a | b, "aucun": everybody - a - b}
    return [(name, len(those), sum(those) if those else None) for name, those in sets.items()]


@model
def promotions(world: World) -> Iterable[Row]:
    kinds = {one.id_piece: one.genre for one in world.pieces}
    found = grouped(((order.jour.year, order.jour.month), line) for order, line in sold(world))
    for month, lines in found.items():
        whole = sum(line.prix * line.quantite for line in lines)
        promoted = sum(line.prix * line.quantite for line in lines if kinds[line.piece].startswith("PROMO"))
        yield *month, float(100 * promoted / whole)


@model
def grosses_commandes(world: World) -> Iterable[Row]:
    pieces: Counter[int] = Counter()
    for line in world.lignes:
        pieces[line.commande] += line.quantite
    return [(o.client, o.id_commande, o.jour, n) for o in world.commandes if (n := pieces[o.id_commande]) > 150]


@model
def moyennes(world: World) -> Iterable[Row]:
    parts = by_number(world.pieces, "id_piece")
    for kind, lines in grouped((parts[line.piece].genre, line) for line in world.lignes).items():
        prices = sorted(line.prix for line in lines)
        at = Decimal("0.9") * (len(prices) - 1)
        low = prices[int(at)]
        tenth = low + (prices[min(int(at) + 1, len(prices) - 1)] - low) * (at - int(at))
        sizes = [size for line in lines if (size := parts[line.piece].taille) is not None]
        yield (
            *(kind, len(lines), float(sum(prices) / len(prices)), float(statistics.median(prices)), float(tenth)),
            *(statistics.stdev(line.quantite for line in lines), prices[0], max(sizes, default=None)),
        )


@model
def semaines(world: World) -> Iterable[Row]:
    found = grouped((order.jour.isocalendar()[:2], order) for order in world.commandes)
    for week, orders in found.items():
        yield *week, min(one.jour for one in orders), len(orders), len({one.client for one in orders})


@model
def suites(world: World) -> Iterable[Row]:
    size, rest = divmod(len(world.commandes), 4)
    assert rest == 0, "the quarters of the orders are equally large"
    for client, orders in grouped((one.client, one) for one in world.commandes).items():
        ordered = sorted(orders, key=lambda one: (one.jour, one.id_commande))
        if len(ordered) > 1:
            pauses = [(after.jour - one.jour).days for one, after in pairwise(ordered)]
            quarters = sum(1 + (one.id_commande - 1) // size for one in ordered)
            yield client, ordered[0].id_commande, max(pauses), quarters
