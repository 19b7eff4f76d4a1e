"""The world fails: files that change or vanish, full disks, closed folders, damaged records, two runs at once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pytest

from bad_input.shop import PROPERTIES, Shop, lines, plain
from dataspark.contracts.contract import Dialect
from dataspark.errors import LakeBusy, StorageError
from dataspark.lake.files import FileLake
from dataspark.pipeline.ports import Copied, SourceFile
from dataspark.pipeline.run import Options, run
from dataspark.pipeline.watch import Watch
from dataspark.wiring import read_as_of

GOOD = lines("1,Ada,10", "2,Bob,20")
SOURCE = Path(__file__).parents[2] / "src"


class Restless(FileLake):
    """A lake in whose `sources` something happens between listing, reading headers and copying."""

    def __init__(self, shop: Shop, when: str, what: str) -> None:
        super().__init__(shop.workspace.project.lake)
        self.when, self.what, self.file = when, what, shop.sources / "sales.csv"

    def _happen(self, when: str) -> None:
        if when != self.when:
            return
        if self.what == "vanishes":
            self.file.unlink()
        elif self.what == "grows":
            with self.file.open("a") as file:
                file.write("3,Cy,30\n")
        else:
            self.file.write_text("name,id,amount\nAda,1,10\n")

    def source_header(self, name: str, dialect: Dialect) -> tuple[str, ...]:
        self._happen("before its header is read")
        return super().source_header(name, dialect)

    def copy_in(
        self, files: Sequence[SourceFile], table: str, dialect: Dialect, unwanted: Collection[str] = ()
    ) -> Iterator[Copied]:
        self._happen("before it is copied")
        return super().copy_in(files, table, dialect, unwanted)


def carry_out(shop: Shop, lake: FileLake) -> None:
    workspace = shop.workspace
    with workspace.engine() as engine:
        run(workspace.plan, lake, engine, "shop", Options(read_as_of("2025-12-31")), Watch())


@pytest.mark.parametrize("when", ["before its header is read", "before it is copied"])
@pytest.mark.parametrize("what", ["vanishes", "grows", "is replaced"])
def test_a_file_that_does_not_stay_as_it_was_listed(shop: Shop, when: str, what: str) -> None:
    shop.put("sales.csv", GOOD)
    with pytest.raises(StorageError, match=r"sales\.csv") as caught:
        carry_out(shop, Restless(shop, when, what))
    assert caught.value.exit_code == 3
    assert (
        "No such file" in str(caught.value) if what == "vanishes" else "changed while it was read" in str(caught.value)
    )
    assert (shop.archived(), shop.leftovers(), shop.workspace.lake.release()) == ([], [], None)
    shop.passes()
    rows = {
        "vanishes": [],
        "grows": ["2:1,Ada,10.00", "3:2,Bob,20.00", "4:3,Cy,30.00"],
        "is replaced": ["2:1,Ada,10.00"],
    }
    assert plain(shop.rows()) == rows[what]


def test_a_file_that_grew_between_two_runs_is_read_again(shop: Shop) -> None:
    shop.reads(GOOD + "3,C")
    shop.reads(GOOD + "3,Cy,30\n")
    assert (shop.counts(1), shop.counts(2)) == ((3, 2, 1, 0, 0), (3, 1, 0, 2, 0))
    assert plain(shop.rows()) == ["2:1,Ada,10.00", "3:2,Bob,20.00", "4:3,Cy,30.00"]


FULL = """
import resource, signal, sys
from dataspark.errors import StorageError
from dataspark.pipeline.watch import Watch
from dataspark.wiring import open_workspace, run_project
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
steps = []
class Steps(Watch):
    def step_begins(self, kind, name):
        steps.append(kind)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    run_project(open_workspace(sys.argv[1]), as_of="2025-12-31", watch=Steps())
except StorageError as error:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(steps[-1] if steps else "start", error.exit_code, error)
    raise SystemExit(error.exit_code)
print("passed")
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


WIDE = "SELECT id, repeat(md5(id::VARCHAR), 20) || md5(name) AS text FROM silver.sales"


@pytest.mark.parametrize(
    ("limit", "step"), [(0, "start"), (100, "ingest"), (40_000, "ingest"), (82_000, "refine"), (120_000, "model")]
)
def test_a_full_disk(tmp_path: Path, limit: int, step: str) -> None:
    """70 kB of random text become 87 kB of Parquet in silver and 700 kB in gold."""
    absent = PROPERTIES.replace('(10,2)"', '(10,2)", customProperties: [{property: absent, value: allowed}]')
    shop = Shop.open(tmp_path, properties=absent, **{"models/wide.sql": WIDE})
    shop.reads(GOOD, "sales_1.csv")
    before, gold = shop.workspace.lake.release(), shop.gold("wide")
    chance = random.Random(1)
    rows = [f"{id_},{chance.randrange(1 << 12):03x}" for id_ in chance.sample(range(10_000, 100_000), 7000)]
    shop.put("sales_2.csv", lines(*rows, header="id,name"))
    done = python(FULL, str(tmp_path), str(limit))
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.startswith(f"{step} 3 "), done.stdout
    assert "free some space and run again" in done.stdout
    assert (shop.workspace.lake.release(), shop.gold("wide"), shop.leftovers()) == (before, gold, [])
    shop.passes()
    assert (shop.counts(1), shop.counts(2)) == ((2, 2, 0, 0, 0), (7000, 7000, 0, 0, 0))
    assert len(shop.gold("wide")) == 7002


@pytest.mark.parametrize("again", [False, True])
def test_a_disk_that_is_full_when_a_table_is_committed(shop: Shop, again: bool) -> None:
    if again:
        shop.reads(lines("7,Gil,70"), "sales_1.csv")
    before = shop.workspace.lake.release()
    shop.put("sales.csv", GOOD)
    limit = 1100 if again else 900
    for _attempt in range(2):
        done = python(FULL, str(shop.root), str(limit))
        assert done.returncode == 3, done.stdout + done.stderr
        assert "free some space and run again" in done.stdout
    assert (shop.workspace.lake.release(), shop.leftovers()) == (before, [])
    shop.passes()
    assert shop.gold("totals") == ([("3", "100.00")] if again else [("2", "30.00")])


WITHOUT_PRIVILEGE = """
import ctypes, sys
from pathlib import Path
from dataspark.errors import StorageError
from dataspark.wiring import open_workspace, run_project

class Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]

# Root may open everything: give up CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH.
header, sets = Header(0x20080522, 0), (ctypes.c_uint32 * 6)()
libc = ctypes.CDLL(None, use_errno=True)
assert libc.capget(ctypes.byref(header), sets) == 0
for number in range(3):
    sets[number] &= ~0b110
assert libc.capset(ctypes.byref(header), sets) == 0
closed = Path(sys.argv[1], sys.argv[2])
closed.chmod(0)
try:
    run_project(open_workspace(sys.argv[1]), as_of="2025-12-31")
except StorageError as error:
    print(error)
    raise SystemExit(error.exit_code)
finally:
    closed.chmod(0o700)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="root's privileges are given up in Linux's way")
@pytest.mark.parametrize(
    "place",
    ["data/sources", "data/sources/more", "data/sources/sales.csv", "lake", "lake/bronze/sales", "lake/silver/_state"],
)
def test_a_folder_without_permission(shop: Shop, place: str) -> None:
    shop.put("more/sales.csv", lines("9,Ida,9"))
    shop.reads(GOOD)
    release = shop.workspace.lake.release()
    shop.put("sales_3.csv", lines("3,Cy,30"))
    if place.endswith("sales.csv"):
        shop.put("sales.csv", GOOD + "4,Di,40\n")
    done = python(WITHOUT_PRIVILEGE, str(shop.root), place)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "Permission denied" in done.stdout
    assert place in done.stdout
    assert shop.workspace.lake.release() == release
    shop.passes()
    assert ["3", "Cy", "30.00"] in [list(row[1:]) for row in shop.rows()]


@pytest.mark.parametrize("place", ["lake/gold", "lake/silver", "lake/bronze"])
def test_a_file_where_a_folder_should_be(shop: Shop, place: str) -> None:
    (shop.root / "lake").mkdir()
    (shop.root / place).write_text("")
    shop.stops(StorageError, place, GOOD)


def test_no_folder_of_sources(shop: Shop) -> None:
    shop.sources.rmdir()
    assert "lake.sources" in shop.stops(StorageError, "there is no folder .*sources").hint


def test_a_link_to_nothing_in_sources(shop: Shop) -> None:
    (shop.sources / "sales.csv").symlink_to("nowhere.csv")
    shop.stops(StorageError, r"sales\.csv")


def test_scratch_space_that_is_not_there(tmp_path: Path) -> None:
    shop = Shop.open(tmp_path, **{"dataspark.toml": '[engine]\ntemp_directory = "nowhere"\n'})
    shop.stops(StorageError, "nowhere", GOOD)


@pytest.mark.parametrize("content", ["{", "", "[1]", '"x"', "\x00\x00"])
@pytest.mark.parametrize("place", ["lake/silver/_state/sales.json", "lake/gold/_state/totals.json"])
def test_a_damaged_state_is_named_and_can_be_left_out(shop: Shop, place: str, content: str) -> None:
    shop.reads(GOOD)
    (shop.root / place).write_text(content)
    error = shop.stops(StorageError, f"{place} is damaged")
    assert "delete it" in error.hint
    (shop.root / place).unlink()
    shop.passes()
    assert shop.gold("totals") == [("2", "30.00")]


@pytest.mark.parametrize("place", ["lake/bronze/sales/_archive.json", "lake/gold/_release.json"])
def test_other_damaged_records_are_named(shop: Shop, place: str) -> None:
    shop.reads(GOOD)
    content = json.loads((shop.root / place).read_text())
    (shop.root / place).write_text(json.dumps(content)[:-20])
    shop.stops(StorageError, f"{place} is damaged")


def test_an_archived_file_that_is_gone_is_named(shop: Shop) -> None:
    shop.reads(GOOD)
    (name,) = shop.archived()
    (shop.root / "lake" / "bronze" / name).unlink()
    with pytest.raises(StorageError, match=name):
        shop.run(full_refresh=True)


HOLD = """
import sys, time
from dataspark.wiring import open_workspace
with open_workspace(sys.argv[1]).lake.hold("run"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_names_the_first_and_a_dead_ones_lock_is_free(shop: Shop) -> None:
    shop.put("sales.csv", GOOD)
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-c", textwrap.dedent(HOLD), str(shop.root)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        error = shop.stops(LakeBusy, rf"held by process {holder.pid} on .*, run, since")
        assert error.exit_code == 3
        assert (shop.archived(), shop.workspace.lake.release()) == ([], None)
        holder.send_signal(signal.SIGKILL)
    shop.passes()
    assert plain(shop.rows()) == ["2:1,Ada,10.00", "3:2,Bob,20.00"]
