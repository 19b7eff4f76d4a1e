"""What goes wrong around a stack: ports, crashes, interruptions, strangers. With S3 alone, which starts in a second."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from stack.stacks import Stack, stack_of


@pytest.fixture
def stack() -> Iterator[Stack]:
    with stack_of("s3") as one:
        yield one


def _until(holds: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it does not come true"
        time.sleep(0.05)


def _in_its_own_process(stack: Stack, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "dataspark", *words, "--project", str(stack.project)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def test_up_and_down_twice_are_as_good_as_once(stack: Stack) -> None:
    first = stack.up("--json").json
    assert (first["fresh"], first["ok"], first["phase"]) == (True, True, "up")
    second = stack.up("--json").json
    assert (second["fresh"], second["parts"]) == (False, first["parts"])
    ended = stack.down("--json").json
    assert (ended["was_up"], ended["left_over"], ended["deleted"]) == (True, 0, False)
    assert stack.processes() == []
    assert stack.open_ports() == []
    assert not list(Path("/tmp").glob(f"seaweedfs-*-{8333 + stack.offset}.sock"))
    assert stack.down("--json").json["was_up"] is False
    assert stack.status().json["phase"] == "down"
    assert (stack.folder / "s3" / "data").is_dir()
    assert stack.down("--delete-data", "--json").json["deleted"] is True
    assert not stack.folder.exists()


def test_a_taken_port_is_named_with_who_has_it_and_the_way_out(stack: Stack) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 8333 + stack.offset))
        taken.listen()
        said = stack.up()
    assert said.code == 3
    assert f"port {8333 + stack.offset} (S3) is taken by " in said.err
    assert f"(process {os.getpid()})" in said.err
    assert "--port-offset" in said.err
    assert stack.processes() == []


def test_a_stack_is_neither_that_of_another_project_nor_one_with_other_settings(stack: Stack) -> None:
    assert stack.up().code == 0
    with stack_of("s3") as other:
        said = Stack(other.project, stack.offset, "s3").up()
        assert said.code == 3
        assert f"of the stack in {stack.folder}" in said.err
    said = Stack(stack.project, stack.offset + 1, "s3").up()
    assert said.code == 3
    assert "the stack is up already, with other settings" in said.err
    assert "dataspark down" in said.err


def test_a_supervisor_that_is_killed_leaves_nothing_that_cannot_be_ended(stack: Stack) -> None:
    assert stack.up().code == 0
    weed = stack.pid("s3")
    os.kill(stack.supervisor, signal.SIGKILL)
    _until(lambda: stack.status().code == 3)
    left = stack.status().json
    assert (left["phase"], left["parts"][0]["phase"], left["parts"][0]["pid"]) == ("left over", "left over", weed)
    assert stack.up().code == 0
    assert not psutil.pid_exists(weed)
    assert psutil.pid_exists(stack.pid("s3")), "what the dead supervisor had said was believed"
    os.kill(stack.supervisor, signal.SIGKILL)
    _until(lambda: stack.status().code == 3)
    assert stack.down("--json").json["left_over"] == 1
    assert stack.processes() == []
    assert stack.open_ports() == []


def test_a_stranger_with_the_pid_of_a_part_or_of_the_supervisor_is_left_alone(stack: Stack) -> None:
    assert stack.up().code == 0
    os.kill(stack.supervisor, signal.SIGKILL)
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        state = json.loads((stack.folder / "state.json").read_text())
        state["parts"][0] |= {"pid": stranger.pid, "born": time.time() - 3600}
        (stack.folder / "state.json").write_text(json.dumps(state))
        (stack.folder / "lock").write_text(str(stranger.pid))
        _until(lambda: stack.status().json["phase"] == "down")
        assert stack.down().code == 0
        assert stranger.poll() is None
        assert stack.processes() == []
    finally:
        stranger.kill()
        stranger.wait()


def test_interrupted_while_it_starts_it_leaves_nothing(stack: Stack) -> None:
    starting = _in_its_own_process(stack, "up", "--only", "s3", "--port-offset", str(stack.offset))
    _until((stack.folder / "state.json").exists)
    starting.send_signal(signal.SIGINT)
    _out, said = starting.communicate(timeout=30)
    assert starting.returncode == 130
    assert "interrupted" in said
    assert stack.processes() == []
    assert stack.status().json["phase"] == "down"


def test_taken_down_while_it_starts(stack: Stack) -> None:
    starting = _in_its_own_process(stack, "up", "--only", "s3", "--port-offset", str(stack.offset))
    _until((stack.folder / "state.json").exists)
    assert stack.down().code == 0
    _out, said = starting.communicate(timeout=30)
    assert starting.returncode == 3
    assert "was taken down while it started" in said
    assert stack.processes() == []


def test_a_part_that_does_not_start_is_told_with_its_log_and_ends_the_rest() -> None:
    with stack_of("s3,postgres") as stack:
        data = stack.folder / "postgres" / "data"
        data.mkdir(parents=True)
        stack.project.joinpath(".dataspark").chmod(0o755)
        (data / "PG_VERSION").write_text("9")
        said = stack.up()
        assert said.code == 3
        assert "was made by PostgreSQL 9, which is not installed any more" in said.err
        (stack.folder / "s3").mkdir()
        (stack.folder / "s3" / "data").write_text("in the way")
        said = Stack(stack.project, stack.offset, "s3").up()
        assert said.code == 3
        assert "S3 does not start: it " in said.err
        assert "File exists" in said.err
        assert str(stack.folder / "logs" / "s3.log") in said.err
        assert stack.processes() == []


def test_a_folder_that_cannot_be_written(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    (stack.project / "file").write_text("")
    monkeypatch.setenv("DATASPARK_STACK", "file/stack")
    said = stack.up()
    assert said.code == 3
    assert f"the stack's folder {stack.project / 'file' / 'stack'} cannot be written" in said.err
    assert "DATASPARK_STACK" in said.err


def test_a_folder_that_is_deleted_takes_its_servers_with_it(stack: Stack) -> None:
    assert stack.up().code == 0
    weed = stack.pid("s3")
    shutil.rmtree(stack.project / ".dataspark")
    _until(lambda: not psutil.pid_exists(weed))
    _until(lambda: not stack.processes())
    assert stack.open_ports() == []


def test_a_state_that_another_version_has_written_does_not_keep_a_stack_up(stack: Stack) -> None:
    assert stack.up().code == 0
    (stack.folder / "state.json").write_text('{"parts": [{"of": "tomorrow"}]}')
    assert "another version" in stack.up().err
    assert stack.down().code == 0
    assert stack.processes() == []
