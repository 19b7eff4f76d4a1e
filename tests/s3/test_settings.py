"""Where S3 is, and who one is there: settings, the environment, the files of AWS's own tools."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dataspark.errors import ProjectError, UsageError
from dataspark.lake.access import Access, for_deltalake, for_duckdb, for_obstore
from dataspark.lake.credentials import Credentials, find_credentials
from dataspark.project import StorageSettings, read_project


def project(root: Path, toml: str) -> Path:
    (root / "dataspark.toml").write_text(toml)
    return root


def test_settings_come_from_the_file_the_profile_and_the_environment(tmp_path: Path) -> None:
    root = project(
        tmp_path,
        '[storage]\nendpoint_url = "http://one:9000"\nregion = "eu-west-3"\n'
        '[profiles.cluster.storage]\nendpoint_url = "https://two"\nverify_tls = false\n',
    )
    assert read_project(root, environ={}).storage == StorageSettings("http://one:9000", "eu-west-3")
    assert read_project(root, "cluster", {}).storage == StorageSettings("https://two", "eu-west-3", True, False)
    given = {"DATASPARK_STORAGE_PATH_STYLE": "false", "DATASPARK_STORAGE_REGION": "x", "AWS_REGION": "y"}
    assert read_project(root, environ=given).storage == StorageSettings("http://one:9000", "x", False)


def test_what_aws_says_counts_where_the_project_says_nothing(tmp_path: Path) -> None:
    environ = {"AWS_ENDPOINT_URL": "http://a", "AWS_ENDPOINT_URL_S3": "http://b", "AWS_DEFAULT_REGION": "r"}
    assert read_project(project(tmp_path, ""), environ=environ).storage == StorageSettings("http://b", "r")


@pytest.mark.parametrize("key", ["access_key_id", "secret_access_key", "aws_session_token", "password"])
def test_a_secret_is_no_setting(tmp_path: Path, key: str) -> None:
    project(tmp_path, f'[storage]\n{key} = "hush"\n')
    with pytest.raises(
        ProjectError, match=rf"dataspark.toml:2: `{key}` in \[storage\]: a secret is no setting"
    ) as caught:
        read_project(tmp_path, environ={})
    assert "AWS_ACCESS_KEY_ID" in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ('[storage]\nendpoint_url = "localhost:9000"', r"`endpoint_url` must be http://HOST"),
        ('[storage]\nendpoint_url = "http://me:secret@host"', r"`endpoint_url` must be http://HOST"),
        ('[storage]\nendpoint = "http://x"', r"unknown key `endpoint` in \[storage\], did you mean `endpoint_url`"),
        ('[lake]\ngold = "gs://x"', r"`gold` in \[lake\] must be a folder, s3://BUCKET"),
        ('[lake]\ngold = "s3://UPPER"', r"`gold` in \[lake\] must be a folder, s3://BUCKET"),
        (
            '[lake]\nsources = "s3://lake"\ngold = "s3://lake/gold"',
            r"`sources` and `gold` in \[lake\] lie one in the other",
        ),
        (
            '[lake]\nsilver = "s3://lake/a/"\ngold = "s3://lake/a"',
            r"`silver` and `gold` in \[lake\] are the same folder",
        ),
    ],
)
def test_mistakes(tmp_path: Path, toml: str, told: str) -> None:
    with pytest.raises(ProjectError, match=told):
        read_project(project(tmp_path, toml), environ={})


def test_buckets_may_share_a_beginning(tmp_path: Path) -> None:
    read_project(project(tmp_path, '[lake]\nsilver = "s3://lake/a"\ngold = "s3://lake/ab"'), environ={})


def test_credentials(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = d\naws_secret_access_key = ds\n[other]\naws_access_key_id=o\n"
                    "aws_secret_access_key=os\naws_session_token=ot\n[half]\naws_access_key_id=h\n")  # fmt: skip
    there = {"AWS_SHARED_CREDENTIALS_FILE": str(file)}
    environment = {"AWS_ACCESS_KEY_ID": "e", "AWS_SECRET_ACCESS_KEY": "es"}
    assert find_credentials({**there, **environment}) == Credentials("e", "es")
    assert find_credentials({**environment, "AWS_SESSION_TOKEN": "t"}) == Credentials("e", "es", "t")
    assert find_credentials(there) == Credentials("d", "ds")
    assert find_credentials({**there, "AWS_PROFILE": "other"}) == Credentials("o", "os", "ot")
    assert find_credentials({"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}) is None
    assert find_credentials({**there, "AWS_PROFILE": "nobody"}) is None
    with pytest.raises(UsageError, match="has no key for the profile `default`"):
        find_credentials(environment, str(tmp_path / "none"))
    with pytest.raises(UsageError, match="has no key for the profile `half`"):
        find_credentials({**there, "AWS_PROFILE": "half"})
    assert "ds" not in repr(find_credentials(there))


def test_every_client_hears_the_same() -> None:
    access = Access(StorageSettings("https://host:9000", "eu", False, False, "/ca"), Credentials("k'", "s", "t"))
    obstore, deltalake, duckdb = for_obstore(access, "b"), for_deltalake(access, "b"), "; ".join(for_duckdb(access))
    assert obstore["config"]["endpoint"] == deltalake["aws_endpoint"] == "https://b.host:9000"
    assert "ENDPOINT 'host:9000'" in duckdb
    assert "URL_STYLE 'vhost'" in duckdb
    assert "KEY_ID 'k''', SECRET 's'" in duckdb
    assert "USE_SSL true" in duckdb
    assert obstore["client_options"]["allow_invalid_certificates"]
    assert deltalake["allow_invalid_certificates"] == "true"
    assert "enable_curl_server_cert_verification = false" in duckdb
    assert obstore["config"]["session_token"] == deltalake["aws_session_token"] == "t"
    assert "SESSION_TOKEN 't'" in duckdb
    assert "ca_cert_file" not in duckdb, "where no certificate is looked at, none is trusted"
    assert "certificate_path" not in deltalake
    assert "root_certificate" not in obstore["client_options"]


def test_a_lake_in_folders_loads_no_client_of_s3() -> None:
    code = "import sys, dataspark.wiring; print([m for m in ('obstore', 'dataspark.lake.objects') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
