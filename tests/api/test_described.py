"""What `/openapi.json` promises is what the server does: schemathesis asks it in many ways."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from api.serving import Server
from dataspark.api.problems import Kind
from dataspark.project.api import SECTION

CONFORMING = ("status_code", "content_type", "response_headers", "response_schema")
CHECKS = ",".join(["not_a_server_error", *(f"{one}_conformance" for one in CONFORMING)])


def test_answers_are_as_described(served: Server, tmp_path: Path) -> None:
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "run", f"{served.address}/openapi.json"),
        *("--header", f"Authorization: Bearer {served.tokens['admin']}", "--checks", CHECKS),
        *("--max-examples", "2", "--seed", "1", "--generation-deterministic"),
        *("--phases", "examples,fuzzing", "--no-color"),
        *(
            "--exclude-operation-id",
            "start_run",
            "--exclude-operation-id",
            "revoke_key",
        ),  # it learns names, and uses them
    ]
    found = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert found.returncode == 0, found.stdout[-5000:]


def test_every_path_has_a_name_and_a_description(served: Server) -> None:
    described = served.client.get("/openapi.json").json()
    operations = [one for path in described["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)
    assert all(one["description"].endswith(".") for one in operations)
    assert all("application/problem+json" in one["responses"]["422"]["content"] for one in operations)


def test_the_page_lists_every_problem_and_every_setting() -> None:
    page = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    for kind in Kind:
        assert f"| {kind.value.status} | `{kind.slug}` | {kind.value.meaning} |" in page
    section = page.partition("[api]\n")[2].partition("```")[0]
    named = {line.partition(" =")[0] for line in section.splitlines()}
    assert named == set(SECTION.keys)
