"""What `dataspark up`, `down` and `status --stack` say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from dataspark.rendering.text import HERE, PLAIN, Call, Paint, grid, moment, plural, seconds
from dataspark.stack.control import Ended, Started
from dataspark.stack.state import DOWN, FOREIGN, LEFT_OVER, UP, PartState, StackState


def up_text(done: Started, paint: Paint = PLAIN, call: Call = HERE) -> list[str]:
    """The addresses; the passwords, if they were made now."""
    how = f"up after {seconds(done.seconds)}" if done.fresh else "up already"
    lines = [f"{paint.strong('stack')}  {paint.good(how)}  ({done.state.folder})", ""]
    rows = []
    for part in done.state.parts:
        rows.append([part.title, part.address, *_login(part, done)])
        rows += [["  its page", part.page]] if part.page else []
    heads = ["part", "address", "user", "password"] if done.secrets_are_new else ["part", "address", "user"]
    lines += [*grid(rows, heads, paint=paint), ""]
    if done.secrets_are_new:
        lines.append("  the passwords are shown this once; Prefect's page asks for `user:password`")
    lines.append(f"  passwords: {done.credentials}")
    lines += [
        f"  {part.title} is {part.phase}: {call('status')} --stack" for part in done.state.parts if part.phase != UP
    ]
    lines += [f"  without {kind}: {why}" for kind, why in done.skipped.items()]
    own = f"{call.options} --profile stack"
    return [*lines, "", f"next: {call.program} upload FILES{own}", f"      {call.program} run{own}"]


def _login(part: PartState, done: Started) -> list[str]:
    user, password = done.logins.get(part.title, ("", ""))
    return [user, password] if done.secrets_are_new else [user]


def status_text(state: StackState, paint: Paint = PLAIN, call: Call = HERE) -> list[str]:
    """Each part: whether it is up, its process, its address, since when."""
    if not state.parts:
        words = {DOWN: f"down: {call('up')} starts it", FOREIGN: f"{FOREIGN}: {call('down')} ends it"}
        return [f"{paint.strong('stack')}  {words.get(state.phase, state.phase)}"]
    rows = [
        [part.title, part.phase, str(part.pid or ""), part.address, _since(part.since), _restarts(part)]
        for part in state.parts
    ]
    lines = [f"{paint.strong('stack')}  {_title(state, paint)}  ({state.folder})", ""]
    lines += grid(rows, ["part", "", "process", "address", "since", ""], right=(2,), paint=paint)
    logs = [f"  {part.title}: {part.log}" for part in state.parts if part.phase not in (UP, LEFT_OVER)]
    if logs:
        lines += ["", "logs of what is not up:", *logs]
    if state.phase == LEFT_OVER:
        lines += ["", f"its supervisor has died: {call('up')} starts it again, {call('down')} ends what is left"]
    return lines


def _title(state: StackState, paint: Paint) -> str:
    if state.phase == LEFT_OVER:
        return paint.bad(LEFT_OVER)
    not_up = sum(part.phase != UP for part in state.parts)
    return paint.bad(f"{plural(not_up, 'part')} not up") if not_up else paint.good("up")


def _since(iso: str) -> str:
    passed = (datetime.now(UTC) - datetime.fromisoformat(iso)).total_seconds()
    return f"{seconds(max(passed, 0))} ago" if passed < 3600 else moment(iso)


def _restarts(part: PartState) -> str:
    return f"{plural(part.restarts, 'restart')}: {part.trouble}" if part.restarts else ""


def down_text(done: Ended, call: Call = HERE) -> list[str]:
    """What was ended, and where the data are."""
    if done.was_up:
        lines = ["the stack is down"]
    elif done.left_over:
        lines = [f"the stack is down: {plural(done.left_over, 'process', 'processes')} of it had been left over"]
    else:
        lines = ["no stack is up"]
    if done.deleted:
        lines.append(f"  what it had stored is deleted: {done.folder}")
    elif Path(done.folder).is_dir():
        lines.append(f"  what it has stored stays in {done.folder} ({call('down')} --delete-data deletes it)")
    return lines
