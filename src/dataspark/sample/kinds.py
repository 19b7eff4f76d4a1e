"""The rows that a sample plants in each file, beside plain ones, and how many of each.

The counts are those of the default sample: 21 of 1,500 clients and 1,241 of 23,663 purchases are lost.
"""

from __future__ import annotations

from dataspark.sample.layout import Kind, Outcome

DEFAULT_CLIENTS = 1_500
DEFAULT_ACHATS = 23_663


def _bad(name: str, count: int, *reasons: str) -> Kind:
    return Kind(name, count, Outcome.QUARANTINED, reasons)


def _good(name: str, count: int, warning: str = "") -> Kind:
    return Kind(name, count, Outcome.ACCEPTED, warning=warning)


CLIENTS = (
    _bad("id_missing", 1, "id_client.required"),
    _bad("id_type", 1, "id_client.type"),
    _bad("nom_missing", 1, "nom.required"),
    _bad("email_malformed", 2, "email.pattern"),
    _bad("date_missing", 1, "date_inscription.required"),
    _bad("date_unreadable", 1, "date_inscription.type"),
    _bad("date_future", 4, "row.date_future"),
    _bad("pays_missing", 1, "pays.required"),
    _bad("pays_unknown", 2, "pays.enum"),
    _bad("several", 1, "nom.required", "email.pattern", "pays.enum"),
    Kind("duplicate", 4, Outcome.DUPLICATE),
    Kind("conflict", 2, Outcome.SUPERSEDED),
    _good("date_format", 15),
    _good("padding", 12),
    _good("email_missing", 8),
    _good("nom_quoted", 8),
    _good("date_ancienne", 3, warning="row.date_ancienne"),
)

ACHATS = (
    _bad("id_missing", 20, "id_achat.required"),
    _bad("id_type", 15, "id_achat.type"),
    _bad("id_minimum", 10, "id_achat.minimum"),
    _bad("client_missing", 30, "id_client.required"),
    _bad("client_type", 20, "id_client.type"),
    _bad("client_minimum", 15, "id_client.minimum"),
    _bad("date_missing", 40, "date_achat.required"),
    _bad("date_unreadable", 50, "date_achat.type"),
    _bad("date_future", 420, "row.date_future"),
    _bad("montant_missing", 90, "montant.required"),
    _bad("montant_type", 60, "montant.type"),
    _bad("montant_too_many_digits", 10, "montant.type"),
    _bad("montant_zero", 30, "montant.exclusiveMinimum"),
    _bad("montant_negative", 70, "montant.exclusiveMinimum"),
    _bad("montant_absurd", 40, "montant.maximum"),
    _bad("produit_missing", 40, "produit.required"),
    _bad("several", 26, "id_client.minimum", "date_achat.required", "montant.type"),
    _bad("several_future", 10, "montant.exclusiveMinimum", "row.date_future"),
    Kind("duplicate", 150, Outcome.DUPLICATE),
    Kind("conflict", 95, Outcome.SUPERSEDED),
    _good("date_format", 240),
    _good("date_zone", 60),
    _good("padding", 120),
    _good("montant_spelling", 60),
    _good("montant_eleve", 30, warning="row.montant_eleve"),
    _good("orphan_of_lost_client", 240),
    _good("orphan_of_nobody", 60),
)

ORPHANS = ("orphan_of_lost_client", "orphan_of_nobody")
