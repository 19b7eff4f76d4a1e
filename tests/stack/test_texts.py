"""What a person reads about a stack."""

from __future__ import annotations

from dataspark.rendering.stack import down_text, status_text
from dataspark.rendering.text import ANSI, Call
from dataspark.stack.control import Ended
from dataspark.stack.state import PartState, StackState


def _part(name: str, phase: str, **more: object) -> PartState:
    told = {
        "pid": 7,
        "born": 0.0,
        "since": "2026-01-02T03:04:05+00:00",
        "restarts": 0,
        "address": "http://a",
        "page": "",
    }
    return PartState(**{"name": name, "title": name.title(), "phase": phase, "log": f"/l/{name}.log", **told, **more})  # type: ignore[arg-type]


def _state(phase: str, *parts: PartState) -> StackState:
    return StackState(phase, "/p/.dataspark/stack", "2026-01-02T03:04:05+00:00", 1, parts)


def test_status_tells_what_is_not_up_why_and_where_its_log_is() -> None:
    state = _state("up", _part("s3", "up"), _part("prefect", "restarting", restarts=2, trouble="ended with SIGKILL"))
    assert not state.ok
    lines = status_text(state)
    assert lines[0] == "stack  1 part not up  (/p/.dataspark/stack)"
    assert lines[2:] == [
        "  part                 process  address   since",
        "  S3       up                7  http://a  2026-01-02 03:04:05",
        "  Prefect  restarting        7  http://a  2026-01-02 03:04:05  2 restarts: ended with SIGKILL",
        "",
        "logs of what is not up:",
        "  Prefect: /l/prefect.log",
    ]


def test_columns_stand_below_each_other_on_a_terminal_too() -> None:
    state = _state("up", _part("s3", "up"), _part("prefect", "restarting"))
    assert len({line.index("http://a") for line in status_text(state, ANSI) if "http://a" in line}) == 1


def test_the_way_out_of_a_stack_whose_supervisor_died_can_be_typed() -> None:
    lines = status_text(_state("left over", _part("s3", "left over")), call=Call(options=" --project p"))
    assert lines[0].startswith("stack  left over")
    assert "dataspark up --project p starts it again, dataspark down --project p ends what is left" in lines[-1]
    assert "logs" not in "".join(lines)


def test_down_tells_what_had_been_left_over() -> None:
    assert down_text(Ended("/nowhere", was_up=False, left_over=3, deleted=False)) == [
        "the stack is down: 3 processes of it had been left over"
    ]
    assert down_text(Ended("/nowhere", was_up=False, left_over=0, deleted=False)) == ["no stack is up"]
