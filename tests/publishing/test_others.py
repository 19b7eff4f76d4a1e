"""What others made on the tables stays, or the publish is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import dataspark
from dataspark.errors import UsageError
from postgres import Base
from publishing.test_schemas import DIM, change, oid, star

RIGHTS = """
SELECT grantee, privilege_type, is_grantable FROM information_schema.role_table_grants
WHERE table_schema = %s AND table_name = %s AND grantee <> 'dataspark' ORDER BY 1, 2
"""


def roles(base: Base, *names: str) -> tuple[str, ...]:
    """Roles are the whole server's: each test has its own."""
    made = tuple(f"{base.name}_{name}" for name in names)
    base.run(*(f"CREATE ROLE {role} NOLOGIN" for role in made))
    return made


def as_role(base: Base, role: str, query: str) -> list[tuple[object, ...]]:
    with base.connect() as connection:
        connection.execute(f"SET ROLE {role}")  # type: ignore[call-overload]
        return connection.execute(query).fetchall()  # type: ignore[call-overload]


def test_a_role_reads_everything_from_now_on(base: Base, tmp_path: Path) -> None:
    bench = star(tmp_path / "p")
    reader = f"{base.name}_lecteur"
    with pytest.raises(UsageError, match=rf"has no role `{reader}`\n\nhint: add --create-role"):
        dataspark.publish(bench.root, base.url, grant_to=[reader])
    done = dataspark.publish(bench.root, base.url, grant_to=[reader], create_role=True)
    assert done.roles == (reader,)
    assert as_role(base, reader, "SELECT count(*) FROM p.dim") == [(3,)]
    change(bench, dim=DIM.replace("4", "5"), new="SELECT 1 AS a")
    assert dataspark.publish(bench.root, base.url).roles == (reader,)
    assert as_role(base, reader, "SELECT (SELECT count(*) FROM p.dim), (SELECT a FROM p.new)") == [(4, 1)]
    assert as_role(base, reader, "SELECT release FROM p._dataspark") == [("r000002",)]
    assert base.rows(RIGHTS, ["p", "dim"]) == [(reader, "SELECT", "NO")]
    base.run(f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")
    change(bench, dim=DIM)
    assert dataspark.publish(bench.root, base.url).roles == ()


def test_rights_that_others_gave_stay(base: Base, tmp_path: Path) -> None:
    bench = star(tmp_path / "p")
    dataspark.publish(bench.root, base.url)
    some, few = roles(base, "some", "few")
    base.run(
        f"GRANT USAGE ON SCHEMA p TO {some}, {few}",
        f"GRANT SELECT ON p.dim TO {some} WITH GRANT OPTION",
        "GRANT SELECT, INSERT ON p.dim TO PUBLIC",
        f"GRANT SELECT (id, code) ON p.dim TO {few}",
    )
    rights, before = base.rows(RIGHTS, ["p", "dim"]), oid(base, "p.dim")
    assert len(rights) == 3
    change(bench, dim="SELECT 1 AS id, 'c1' AS code2, 'c2' AS code, 's' AS secret")
    dataspark.publish(bench.root, base.url, tables=["dim"])
    assert oid(base, "p.dim") != before
    assert base.rows(RIGHTS, ["p", "dim"]) == rights
    columns = "SELECT column_name FROM information_schema.column_privileges WHERE grantee = %s ORDER BY 1"
    assert base.rows(columns, [few]) == [("code",), ("id",)]
    base.run(f"DROP OWNED BY {some}, {few}", f"DROP ROLE {some}, {few}")


def test_views_and_indexes_of_others_are_made_again(base: Base, tmp_path: Path) -> None:
    wide = DIM.replace("AS secret", "AS secret, i * 10 AS extra")
    bench = star(tmp_path / "p", dim=wide)
    dataspark.publish(bench.root, base.url)
    (owner,) = roles(base, "owner")
    base.run(
        "CREATE SCHEMA bi",
        f"GRANT USAGE ON SCHEMA p, bi TO {owner}",
        f"GRANT CREATE ON SCHEMA bi TO {owner}",
        f"GRANT SELECT ON p.dim, p.fact TO {owner}",
        'CREATE VIEW bi."Ventes" WITH (security_barrier = true) AS '
        "SELECT n, dim.code, extra FROM p.fact JOIN p.dim ON dim_id = id",
        'CREATE VIEW p.en_haut AS SELECT count(*) AS lignes FROM bi."Ventes"',
        "CREATE VIEW bi.still AS SELECT n FROM p.fact",
        f'ALTER VIEW bi."Ventes" OWNER TO {owner}',
        "COMMENT ON VIEW bi.\"Ventes\" IS 'it''s mine'",
        "COMMENT ON COLUMN bi.\"Ventes\".n IS 'how many'",
        'GRANT SELECT ON bi."Ventes" TO PUBLIC',
        "CREATE INDEX par_code ON p.dim (lower(code)) WHERE id > 0",
    )
    still = oid(base, "bi.still")
    change(bench, dim="SELECT 70 AS extra, 'new' AS new, * EXCLUDE (extra) FROM (" + wide + ")")
    done = dataspark.publish(bench.root, base.url)
    assert done.views == ('bi."Ventes"', "p.en_haut")
    assert base.rows('SELECT n, code, extra FROM bi."Ventes" ORDER BY n') == [(1, "c1", 70), (2, "c2", 70)]
    assert base.rows("SELECT lignes FROM p.en_haut") == [(2,)]
    assert oid(base, "bi.still") == still
    described = (
        "SELECT obj_description(oid), col_description(oid, 1), pg_get_userbyid(relowner), reloptions FROM pg_class "
    )
    assert base.rows(described + "WHERE relname = 'Ventes'") == [
        ("it's mine", "how many", owner, ["security_barrier=true"])
    ]
    assert base.rows(RIGHTS, ["bi", "Ventes"])[0] == ("PUBLIC", "SELECT", "NO")
    assert base.rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'par_code'") == [
        ("CREATE INDEX par_code ON p.dim USING btree (lower(code)) WHERE (id > 0)",)
    ]
    change(bench, dim=DIM)
    refused = r'the view bi\."Ventes" \(of \w+\) cannot be made again: column dim\.extra does not exist'
    with pytest.raises(UsageError, match=refused):
        dataspark.publish(bench.root, base.url)
    assert base.rows('SELECT DISTINCT extra FROM bi."Ventes"') == [(70,)]
    base.run(f"DROP SCHEMA bi CASCADE; DROP OWNED BY {owner}; DROP ROLE {owner}")


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ("CREATE MATERIALIZED VIEW public.m AS SELECT n FROM p.fact", r"the materialized view public\.m reads tables"),
        ("CREATE POLICY mine ON p.fact USING (n = 1)", "policy mine on table p.fact"),
        (
            "CREATE TABLE public.t (a int REFERENCES p.dim)",
            r"constraint t_a_fkey on table public\.t",
        ),
        (
            "CREATE TRIGGER tr BEFORE UPDATE ON p.fact FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            "trigger tr on table p.fact",
        ),
        ("CREATE PUBLICATION pub FOR TABLE p.fact", "publication of table p.fact in publication pub"),
        ("CREATE RULE r AS ON DELETE TO p.fact DO INSTEAD NOTHING", "rule r on table p.fact"),
        (
            "CREATE FUNCTION public.f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM p.fact; END",
            r"replacing tables: cannot drop .*function public\.f\(\) depends on table p\.fact",
        ),
    ],
)
def test_what_would_be_lost_is_refused(base: Base, tmp_path: Path, made: str, told: str) -> None:
    bench = star(tmp_path / "p")
    dataspark.publish(bench.root, base.url)
    base.run(made)
    with pytest.raises(UsageError, match=told):
        dataspark.publish(bench.root, base.url, full=True)
    assert base.rows("SELECT count(*) FROM p.fact") == [(2,)]
    assert base.rows("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '\\_data%'") == [(0,)]
    assert not dataspark.publish(bench.root, base.url).changed
