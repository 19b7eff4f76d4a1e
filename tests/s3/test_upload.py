"""Local files into `sources`, in S3 and in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.calling import dataspark
from dataspark.lake.storage import Area
from test_incremental import HEADERS, lab
from workbench import Bench, csv


@pytest.fixture
def bench(tmp_path: Path, anywhere: str) -> Bench:
    return lab(tmp_path / "lab", "keep")


def sources(bench: Bench) -> Area:
    return bench.workspace.lake.sources


def local(folder: Path, **contents: bytes) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = []
    for name, content in contents.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_bytes(content)
    return paths


def test_files_arrive_and_are_run(bench: Bench, tmp_path: Path) -> None:
    content = csv(HEADERS["visits"], "1,hello").encode()
    paths = local(tmp_path / "in", visits_1=content, visits_2=content.replace(b"1", b"2"))
    sent = dataspark("upload", *paths, project=bench.root)
    assert sent.code == 0
    assert "visits_1.csv: sent, 19 bytes" in sent.out
    assert f"2 of 2 files sent to {sources(bench).location()}" in sent.out
    bench.run(as_of="2025-06-15")
    assert bench.silver("visits", "child") == [("1",), ("2",)]
    assert [path.read_bytes() for path in paths] == [content, content.replace(b"1", b"2")], "they stay where they were"


def test_what_is_there_is_not_sent_again(bench: Bench, tmp_path: Path) -> None:
    first, other = local(tmp_path / "in", visits_1=b"child,note\n1,a\n", visits_2=b"child,note\n2,a\n")
    dataspark("upload", first, project=bench.root)
    before = sources(bench).listing()
    again = dataspark("upload", first, "--json", project=bench.root).json
    assert [file["outcome"] for file in again["files"]] == ["there"]
    assert sources(bench).listing() == before, "not even written anew"
    other.write_bytes(first.read_bytes())
    named = dataspark("upload", other, project=bench.root)
    assert "visits_2.csv: is there already, as visits_1.csv" in named.out
    first.write_bytes(b"child,note\n1,b\n")
    changed = dataspark("upload", first, project=bench.root)
    assert "visits_1.csv: replaced, 15 bytes (another content had this name)" in changed.out
    assert sources(bench).read("visits_1.csv") == b"child,note\n1,b\n"


def test_a_large_file_goes_in_parts(bench: Bench, tmp_path: Path) -> None:
    content = b"child,note\n" + b"".join(b"%07d,hello\n" % n for n in range(2_000_000))
    [path] = local(tmp_path / "in", visits=content)
    done = dataspark("upload", path, "--to", "2025/06", "--json", project=bench.root).json
    assert done["files"][0]["name"] == "2025/06/visits.csv"
    assert sources(bench).read("2025/06/visits.csv") == content
    again = dataspark("upload", path, "--to", "2025/06", "--json", project=bench.root).json
    assert again["files"][0]["outcome"] == "there"


@pytest.mark.parametrize(
    ("names", "to", "told"),
    [
        (["nowhere.csv"], "", "there is no file"),
        (["in"], "", "is a folder: name its files"),
        (["in/.hidden.csv"], "", "is hidden: a run would not see it"),
        (["in/a.csv", "again/a.csv"], "", "two files are called a.csv"),
        (["in/a.csv"], "../out", "`../out` is no folder below sources"),
        (["in/a.csv"], "/out", "`/out` is no folder below sources"),
        (["in/a.csv"], ".old", "`.old` is no folder below sources"),
    ],
)
def test_nothing_is_sent_where_anything_is_wrong(
    bench: Bench, tmp_path: Path, names: list[str], to: str, told: str
) -> None:
    for name in ("in/a.csv", "again/a.csv", "in/.hidden.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("child,note\n1,a\n")
    given = (
        [tmp_path / "in/a.csv", *(tmp_path / name for name in names)]
        if "a.csv" not in names[0]
        else [tmp_path / n for n in names]
    )
    refused = dataspark("upload", *given, "--to", to, project=bench.root)
    assert refused.code == 2
    assert told in refused.err
    assert sources(bench).listing() == []
