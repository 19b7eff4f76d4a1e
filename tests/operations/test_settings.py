"""[alerts], [metrics] and [openlineage]: what they may say; a secret is no setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataspark.alerting.sending import resolve
from dataspark.errors import ProjectError
from dataspark.project import Channel, Project, read_project


def read(root: Path, text: str, **environ: str) -> Project:
    (root / "dataspark.toml").write_text(text)
    return read_project(root, environ=environ)


def mistakes(root: Path, text: str, **environ: str) -> list[str]:
    with pytest.raises(ProjectError) as caught:
        read(root, text, **environ)
    return [mistake.message for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("mailtos://me:hunter2@example.org", "a password"),
        ("jsons://example.org/hook?token=abcdef", "`token`"),
        ("slack://T0/B0/xyz", "the address of slack://, which is a secret itself,"),
        ("https://hooks.slack.com/services/T01234567/B01234567/abcdefghijklmnopqrstuvwx", "what looks like a token"),
        ("mailtos://me:${PW}@example.org?password=x", "`password`"),
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, url: str, secret: str) -> None:
    (told,) = mistakes(tmp_path, f'[alerts.channels]\nteam = "{url}"\n')
    assert told.startswith(
        f"the channel `team` in [alerts.channels] has {secret} in plain text: a secret is no setting"
    )
    assert "env:NAME" in told
    for word in ("hunter2", "abcdef", "xyz"):
        assert word not in told


@pytest.mark.parametrize(
    "url",
    [
        "env:TEAM_URL",
        "slack://${SLACK_TOKEN}/#data",
        "mailtos://me:${PW}@example.org?to=a@example.org",
        "json://localhost:8080/hook",
    ],
)
def test_what_needs_no_secret_in_the_file(tmp_path: Path, url: str) -> None:
    project = read(tmp_path, f'[alerts]\nurl = "{url}"\n')
    assert [(one.name, one.url) for one in project.alerts.channels] == [("alerts", url)]


def test_a_secret_in_the_environment_is_at_home(tmp_path: Path) -> None:
    project = read(tmp_path, "", DATASPARK_ALERTS_URL="slack://T0/B0/xyz", DATASPARK_ALERTS_ABOUT="failed, checks")
    assert [(one.url, sorted(one.about)) for one in project.alerts.channels] == [
        ("slack://T0/B0/xyz", ["checks", "failed"])
    ]


def test_every_mistake_is_told(tmp_path: Path) -> None:
    text = """\
[alerts]
quarantine_share = 5
about = ["fialed"]
[alerts.channels]
one = "nowhere"
two = 2
three = "env:"
[alerts.channels.four]
url = "json://x"
abuot = []
[alerts.quarantine]
ventes = "10%"
[alerts.overdue]
ventes = "soon"
[metrics]
pushgateway = "localhost:9091"
[openlineage]
url = "http://me:pw@x"
api_key = "k"
"""
    assert sorted(mistakes(tmp_path, text)) == sorted(
        [
            "`quarantine_share` in [alerts] must be a share from 0 to 1, such as 0.05, not 5",
            "`about` in [alerts] names `fialed`, of which nothing is told, did you mean `failed`?",
            "the channel `one` in [alerts.channels] must be a URL of Apprise, such as mailtos://… or jsons://…, or env:NAME",
            "the channel `two` in [alerts.channels] must be a URL, or a section with `url`",
            "the channel `three` in [alerts.channels] must name a variable after `env:`, such as env:DATASPARK_ALERT_URL",
            "unknown key `abuot` in [alerts.channels.four], did you mean `about`?",
            "`ventes` in [alerts.quarantine] must be a share from 0 to 1, such as 0.05, not '10%'",
            "`ventes` in [alerts.overdue] is no age: write a number and min, h, d or w, for example 36h",
            "`pushgateway` in [metrics] must be http://HOST[:PORT][/PATH] or https://…, without a password",
            "`url` in [openlineage] must be http://HOST[:PORT][/PATH] or https://…, without a password",
            "`api_key` in [openlineage]: a secret is no setting; set OPENLINEAGE_API_KEY",
        ]
    )


def test_a_password_may_hold_any_character() -> None:
    channel = Channel("mail", "mailtos://${WHO}:${PW}@example.org?to=${TO}", frozenset())
    found = resolve(channel, {"WHO": "me", "PW": "a@b/c:d", "TO": "x@example.org"})
    assert found == "mailtos://me:a%40b%2Fc%3Ad@example.org?to=x@example.org"


def test_a_profile_says_it_otherwise(tmp_path: Path) -> None:
    text = '[alerts]\nurl = "env:A"\n[profiles.dev.metrics]\nfile = "m.prom"\n[profiles.dev.alerts]\nurl = "env:B"\n'
    (tmp_path / "dataspark.toml").write_text(text)
    project = read_project(tmp_path, "dev", {})
    assert project.alerts.channels[0].url == "env:B"
    assert project.metrics.file == str(tmp_path / "m.prom")
