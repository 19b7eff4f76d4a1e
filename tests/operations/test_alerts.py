"""Who is told what, and when: runs against real receivers."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cli.calling import AS_OF, dataspark
from conftest import place_in_s3
from dataspark.errors import DataSparkError, DriftError, LakeBusy, ModelError, StorageError, UsageError
from dataspark.observed import run_observed
from dataspark.pipeline.report import RunReport
from dataspark.pipeline.watch import Watch
from operations.conftest import CONTRACT, HEADER
from operations.receiving import Receiver, smtp_receiver
from workbench import Bench, csv

BAD_CHECK = csv(HEADER, "5,Eve,2000")
BAD_ROWS = csv(HEADER, "3,,1", "4,,2", "x,Zoe,3")


def settings(shop: Bench, receiver: Receiver, more: str = "") -> None:
    (shop.root / "dataspark.toml").write_text(
        f'[alerts.channels]\nteam = "json://127.0.0.1:{receiver.port}/team"\n{more}'
    )


def run(shop: Bench, as_of: str | None = None) -> RunReport:
    return run_observed(shop.workspace, as_of)


def told(receiver: Receiver) -> list[str]:
    """The titles since the last look."""
    titles = [document["title"] for document in receiver.documents]
    receiver.clear()
    return titles


def body(receiver: Receiver) -> str:
    return str(receiver.documents[-1]["message"])


def test_nothing_is_told_while_nothing_is_wrong(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver)
    assert run(shop).notices == []
    assert run(shop).notices == []
    assert told(receiver) == []
    assert not (shop.root / "lake/gold/_alerts.json").exists() or "open" in shop.workspace.lake.alerts()


def test_a_failed_check_is_told_once_and_once_that_it_is_over(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver)
    run(shop)
    arrived = shop.put("ventes_2.csv", BAD_CHECK)
    assert not run(shop).ok
    assert "pas_trop: 1 row" in body(receiver)
    assert "readers see release r000001 (as before)" in body(receiver)
    assert f"see: dataspark report --project {shop.root}" in body(receiver)
    assert "Eve" not in body(receiver)
    assert told(receiver) == ["[boutique] check pas_trop failed"]
    run(shop)
    run(shop)
    assert told(receiver) == []
    (shop.root / "checks/pas_trop.sql").write_text(
        "-- severity: error\nSELECT 1 FROM silver.ventes WHERE montant > 9e9"
    )
    assert arrived.exists()
    assert run(shop).ok
    assert receiver.documents[0]["type"] == "success"
    assert "over: pas_trop: 1 row (since 20" in body(receiver)
    assert told(receiver) == ["[boutique] recovered"]
    run(shop)
    assert told(receiver) == []


def test_a_quarantine_above_its_share(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver, "[alerts]\nquarantine_share = 0.5\n")
    run(shop)
    shop.put("ventes_2.csv", BAD_ROWS)
    assert run(shop).ok, "a quarantine stands in nobody's way"
    assert body(receiver).splitlines()[:4] == [
        "ventes: 3 of 3 rows (100.0%) of its newest file are quarantined, 50.0% are allowed",
        "  - client.required: 2 rows",
        "  - id.type: 1 row",
        "",
    ]
    assert f"see: dataspark quarantine ventes --project {shop.root}" in body(receiver)
    assert told(receiver) == ["[boutique] too many rows of ventes are quarantined"]
    run(shop)
    assert told(receiver) == []
    shop.put("ventes_3.csv", csv(HEADER, "6,Fay,1", "7,Gus,2"))
    run(shop)
    assert told(receiver) == ["[boutique] recovered"], "the newest file is good, and 3 of 7 rows are no half"


def test_a_table_has_its_own_share(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver, "[alerts.quarantine]\nventes = 1\nachats = 0.2\n")
    shop.put("ventes_2.csv", BAD_ROWS)
    assert run(shop).notices == ["alerts: [alerts.quarantine] names `achats`, and the project has no such table"]
    assert told(receiver) == []


def test_an_overdue_source(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver, '[alerts.overdue]\nventes = "12h"\n')
    run(shop)
    assert told(receiver) == []
    later = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 40 * 86_400))
    assert run(shop, later).ok, "the contract only warns"
    lines = body(receiver).splitlines()
    assert lines[0].startswith("silver.ventes: overdue: the newest file, ventes_1.csv, came 20")
    assert "36 h are allowed" in lines[0]
    assert lines[1].startswith("silver.ventes: overdue: the newest file came 20")
    assert lines[1].endswith("one is expected every 12 h")
    assert told(receiver) == ["[boutique] 2 sources overdue"]
    run(shop, later)
    assert told(receiver) == []
    run(shop)
    assert told(receiver) == ["[boutique] recovered: 2 matters"]


def test_a_run_that_stops_shows_no_row_of_classified_columns(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver)
    run(shop)
    good = (shop.root / "models/total.sql").read_text()
    (shop.root / "models/total.sql").write_text("SELECT CAST(client AS INTEGER) AS nb FROM silver.ventes")
    for _again in range(2):
        with pytest.raises(ModelError, match="Could not convert string 'Ada'"):
            run(shop)
    assert "the run stopped at `model total`: the model `total` cannot be built" in body(receiver)
    assert "models/total.sql:1" in body(receiver)
    assert "Ada" not in body(receiver)
    assert told(receiver) == ["[boutique] a run stopped"]
    (shop.root / "contracts/ventes.odcs.yaml").write_text(CONTRACT.replace(", classification: confidential", ""))
    (shop.root / "models/total.sql").write_text(good)
    run(shop)
    assert told(receiver) == ["[boutique] recovered"]
    (shop.root / "models/total.sql").write_text("SELECT CAST(client AS INTEGER) AS nb FROM silver.ventes")
    with pytest.raises(ModelError):
        run(shop)
    assert "Could not convert string 'Ada'" in body(receiver), "nothing here is classified any more"


def test_another_stop_is_another_matter(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver)
    run(shop)
    (shop.root / "models/total.sql").write_text("SELECT CAST(client AS INTEGER) AS nb FROM silver.ventes")
    with pytest.raises(ModelError):
        run(shop)
    assert told(receiver) == ["[boutique] a run stopped"]
    shop.put("ventes_2.csv", csv("id,client", "9,Hal"))
    with pytest.raises(DriftError):
        run(shop)
    assert "stopped at `ingest sources`: 1 new file is not what" in body(receiver)
    assert "ventes_2.csv: removed montant" in body(receiver)
    assert told(receiver) == ["[boutique] a run stopped"]


def test_a_project_that_is_wrong_cannot_begin(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver)
    (shop.root / "models/total.sql").write_text("SELECT nb FROM silver.ventse")
    with pytest.raises(ModelError):
        run(shop)
    assert "the run could not begin: 1 mistake in the project\n  - models/total.sql" in body(receiver)
    assert told(receiver) == ["[boutique] a run could not begin"]


def test_a_wrong_call_is_nobodys_business(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver)
    with pytest.raises(UsageError):
        run(shop, "yesterday")
    with pytest.raises(UsageError):
        run_observed(shop.workspace, AS_OF, select=["nothing"])
    assert told(receiver) == []


def test_a_lake_that_is_held_is_told_the_third_time(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver)
    run(shop)
    with shop.workspace.lake.hold("test"):
        for _again in range(4):
            with pytest.raises(LakeBusy):
                run(shop)
            heard = len(receiver.requests)
            assert heard == (0 if _again < 2 else 1)
    assert told(receiver) == ["[boutique] a run could not begin"]
    run(shop)
    assert told(receiver) == ["[boutique] recovered"]


def test_a_dead_channel_is_a_notice_and_is_told_later(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver, 'dead = "json://127.0.0.1:${DEAD_PORT}/dead"\n')
    run(shop)
    shop.put("ventes_2.csv", BAD_CHECK)
    (notice,) = run(shop).notices
    assert notice == "alerts: channel `dead` was not told: the environment variable DEAD_PORT is not set"
    assert told(receiver) == ["[boutique] check pas_trop failed"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEAD_PORT", "1")
        (notice,) = run(shop).notices
        assert notice.startswith("alerts: channel `dead` was not told: A Connection error occurred")
        assert shop.workspace.lake.runs()[-1]["notices"] == [notice]
        patch.setenv("DEAD_PORT", str(receiver.port))
        assert run(shop).notices == []
        assert [path for _method, path, _body in receiver.requests] == ["/dead"]
        assert told(receiver) == ["[boutique] check pas_trop failed"]


def test_a_notice_of_a_run_that_stops_is_told_with_the_error(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver, 'dead = "env:DEAD_URL"\n')
    (shop.root / "models/total.sql").write_text("SELECT CAST(client AS INTEGER) AS nb FROM silver.ventes")
    said = dataspark("run", "-q", project=shop.root)
    assert said.code == 2
    assert "note: alerts: channel `dead` was not told: the environment variable DEAD_URL is not set" in said.err


def test_a_channel_hears_only_what_it_is_about(shop: Bench, receiver: Receiver) -> None:
    settings(
        shop, receiver, f'[alerts.channels.ops]\nurl = "json://127.0.0.1:{receiver.port}/ops"\nabout = ["failed"]\n'
    )
    shop.put("ventes_2.csv", BAD_CHECK)
    run(shop)
    assert [path for _method, path, _body in receiver.requests] == ["/team"]
    receiver.clear()
    (shop.root / "models/total.sql").write_text("SELECT")
    with pytest.raises(DataSparkError):
        run(shop)
    assert sorted(path for _method, path, _body in receiver.requests) == ["/ops", "/team"]


def test_an_e_mail(shop: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with smtp_receiver() as box:
        (shop.root / "dataspark.toml").write_text('[alerts]\nurl = "env:MAIL_URL"\n')
        monkeypatch.setenv(
            "MAIL_URL", f"mailto://127.0.0.1:{box.port}?from=dataspark@example.org&to=a@example.org,b@example.org"
        )
        shop.put("ventes_2.csv", BAD_CHECK)
        assert run(shop).notices == []
        assert sorted(one for letter in box.recipients for one in letter) == ["a@example.org", "b@example.org"]
        assert {letter["Subject"] for letter in box.letters} == {"[boutique] check pas_trop failed"}
        letter = box.letters[0]
        assert letter.get_content_type() == "text/plain"
        assert letter.get_content().startswith("pas_trop: 1 row")
        assert dataspark("alerts", "test", project=shop.root).code == 0
        assert box.letters[-1]["Subject"] == "[boutique] a test"


def test_the_test_and_the_list(shop: Bench, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(shop, receiver, 'slack = "slack://${SLACK_TOKEN}/#data"\n')
    run(shop)
    said = dataspark("alerts", "test", project=shop.root)
    assert said.code == 3
    assert "team      json   sent" in said.out
    assert "the environment variable SLACK_TOKEN is not set" in said.out
    assert told(receiver) == ["[boutique] a test"]
    monkeypatch.setenv("SLACK_TOKEN", "notatoken123456")
    said = dataspark("alerts", "test", "slack", "--json", project=shop.root)
    assert (said.code, said.json[0]["problem"]) == (3, "Apprise cannot make a channel of its URL: is it complete?")
    assert "notatoken" not in said.out + said.err
    assert dataspark("alerts", "test", "taem", project=shop.root).err.endswith("hint: did you mean `team`?\n")
    shop.put("ventes_2.csv", BAD_CHECK)
    run(shop)
    listed = dataspark("alerts", "list", "--json", project=shop.root).json
    assert [(one["about"], one["text"], one["told"]) for one in listed["matters"]] == [
        ("checks", "pas_trop: 1 row", ["team"])
    ]
    assert "checks  pas_trop: 1 row" in dataspark("alerts", "list", project=shop.root).out


def test_a_receiver_that_hangs_costs_a_bounded_time(shop: Bench, receiver: Receiver) -> None:
    from dataspark.alerting.messages import of_a_test
    from dataspark.alerting.sending import Post, send

    settings(shop, receiver)
    receiver.delay = 2.0
    project = shop.workspace.project
    began = time.monotonic()
    assert send([Post(project.alerts.channels[0], of_a_test(project))], patience=0.3) == ["did not answer within 0.3 s"]
    assert time.monotonic() - began < 1.5


def test_a_check_that_is_gone_is_over(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver)
    shop.put("ventes_2.csv", BAD_CHECK)
    run(shop)
    assert told(receiver) == ["[boutique] check pas_trop failed"]
    (shop.root / "checks/pas_trop.sql").unlink()
    run(shop)
    assert told(receiver) == ["[boutique] recovered"]


def test_a_person_who_interrupts_is_told_nothing_and_nothing_is_over(shop: Bench, receiver: Receiver) -> None:
    class Interrupting(Watch):
        def step_begins(self, kind: str, name: str) -> None:
            if kind == "audit":
                raise KeyboardInterrupt

    settings(shop, receiver)
    (shop.root / "models/total.sql").write_text("SELECT CAST(client AS INTEGER) AS nb FROM silver.ventes")
    with pytest.raises(ModelError):
        run(shop)
    receiver.clear()
    (shop.root / "models/total.sql").write_text("SELECT count(*) AS nb FROM silver.ventes")
    with pytest.raises(KeyboardInterrupt):
        run_observed(shop.workspace, watch=Interrupting())
    record = shop.workspace.lake.runs()[-1]
    assert (record["ok"], record["error"]) == (False, "interrupted")
    assert told(receiver) == []
    run(shop)
    assert told(receiver) == ["[boutique] recovered"]


def test_what_is_remembered_quotes_no_row(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver)
    (shop.root / "contracts/ventes.odcs.yaml").write_text(CONTRACT.replace(", classification: confidential", ""))
    (shop.root / "models/total.sql").write_text("SELECT CAST(client AS INTEGER) AS nb FROM silver.ventes")
    with pytest.raises(ModelError):
        run(shop)
    assert "Ada" in body(receiver)
    remembered = (shop.root / "lake/gold/_alerts.json").read_text()
    assert "Ada" not in remembered
    assert "the run stopped at `model total`" in remembered


def test_a_lake_in_s3_remembers_too(shop: Bench, receiver: Receiver, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place_in_s3(s3, monkeypatch)
    settings(shop, receiver)
    shop.put("ventes_1.csv", csv(HEADER, "1,Ada,10.00"))
    assert run(shop).notices == []
    shop.put("ventes_2.csv", BAD_CHECK)
    run(shop)
    run(shop)
    assert told(receiver) == ["[boutique] check pas_trop failed"]
    with shop.workspace.lake.hold("test"):
        for _again in range(3):
            with pytest.raises(LakeBusy):
                run(shop)
    assert told(receiver) == ["[boutique] a run could not begin"]
    (shop.root / "checks/pas_trop.sql").unlink()
    assert run(shop).notices == []
    assert told(receiver) == ["[boutique] recovered: 2 matters"]


def test_without_channels_nothing_is_remembered(shop: Bench) -> None:
    shop.put("ventes_2.csv", BAD_CHECK)
    run(shop)
    assert not list(Path(shop.root / "lake" / "gold").glob("_alerts*"))


def test_a_memory_that_is_damaged_stops_no_run_and_silences_none(shop: Bench, receiver: Receiver) -> None:
    settings(shop, receiver)
    shop.put("ventes_2.csv", BAD_CHECK)
    run(shop)
    (shop.root / "lake/gold/_alerts.json").write_text("{")
    receiver.clear()
    (notice,) = run(shop).notices
    assert notice.startswith("alerts: what was told before is not known: ")
    assert told(receiver) == ["[boutique] check pas_trop failed"], "better twice than never"
    assert run(shop).notices == []
    assert told(receiver) == []


def test_storage_that_fails_is_told_although_nothing_can_be_remembered(
    shop: Bench, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings(shop, receiver)
    (shop.root / "nothing").write_text("a file where a folder should be")
    monkeypatch.setenv("DATASPARK_LAKE_GOLD", str(shop.root / "nothing" / "gold"))
    with pytest.raises(StorageError) as caught:
        run(shop)
    assert told(receiver) == ["[boutique] a run could not begin"]
    assert any(note.startswith("alerts: what was told is not remembered") for note in caught.value.__notes__)
