"""What the hand-written jobs know of the retail data."""

from __future__ import annotations

CLIENT_COLUMNS = ("id_client", "nom", "email", "date_inscription", "pays")
PURCHASE_COLUMNS = ("id_achat", "id_client", "date_achat", "montant", "produit")
COUNTRIES = """
    Algeria|Algérie|Allemagne|Argentina|Argentine|Australia|Australie|Austria|Autriche|Belgique|Belgium|Brazil|Brésil|
    Bulgaria|Bulgarie|Canada|Chile|Chili|China|Chine|Colombia|Colombie|Corée du Sud|Croatia|Croatie|Czech Republic|
    Czechia|Côte d'Ivoire|Danemark|Denmark|Deutschland|Egypt|England|Espagne|Estonia|Estonie|Etats-Unis|Finland|
    Finlande|France|Germany|Great Britain|Greece|Grèce|Hongrie|Hungary|Iceland|Inde|India|Indonesia|Indonésie|Ireland|
    Irlande|Islande|Israel|Israël|Italie|Italy|Ivory Coast|Japan|Japon|Latvia|Lettonie|Lithuania|Lituanie|Luxembourg|
    Malaysia|Malaisie|Malta|Malte|Maroc|Mexico|Mexique|Morocco|Netherland|Netherlands|New Zealand|Nigeria|Nigéria|
    Norvège|Norway|Nouvelle-Zélande|Pays-Bas|Peru|Pologne|Poland|Portugal|Pérou|Romania|Roumanie|Royaume-Uni|Russia|
    Russie|République tchèque|Saudi Arabia|Scotland|Senegal|Serbia|Serbie|Singapore|Singapour|Slovakia|Slovaquie|
    Slovenia|Slovénie|South Africa|South Korea|Spain|Suisse|Suède|Sweden|Switzerland|Sénégal|Tchéquie|Thailand|
    Thaïlande|The Netherlands|Tunisia|Tunisie|Turkey|Turquie|U.K.|U.S.A.|UAE|UK|US|USA|Ukraine|United Arab Emirates|
    United Kingdom|United States|United States of America|Vietnam|Wales|Égypte|Émirats arabes unis|États-Unis"""
