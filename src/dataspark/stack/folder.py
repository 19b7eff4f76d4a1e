"""The folder of a stack: where it is, what lies in it, and who may read that.

Below the project, not below the user's home: its buckets hold the project's lake, and two projects that shared them would
take each other's files for their own. A project's folder that is deleted takes its stack's data with it.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dataspark.errors import StackError, UsageError
from dataspark.project import SETTINGS_FILE, stack_folder

VARIABLE = "DATASPARK_STACK"
"""Names another folder than the one below the project."""
_OWNER_ONLY = 0o600
_KEPT = ("logs", "s3", "postgres", "prefect", "spark", "api", "dashboard")
"""What a stack writes below its folder, beside the files that are named here."""

_SECRETS = ("s3", "postgres", "prefect", "spark", "weed", "api")


@dataclass(frozen=True)
class Folder:
    """A stack's folder, there or not."""

    path: Path

    @property
    def logs(self) -> Path:
        """One file a part, and the supervisor's own."""
        return self.path / "logs"

    @property
    def lock(self) -> Path:
        """Held by the supervisor as long as it lives; its pid is the file's content."""
        return self.path / "lock"

    @property
    def state(self) -> Path:
        """What the supervisor says about its parts."""
        return self.path / "state.json"

    @property
    def order(self) -> Path:
        """What was asked for: which parts, which ports."""
        return self.path / "order.json"

    @property
    def secrets(self) -> Path:
        """Users and passwords."""
        return self.path / "credentials.json"

    @property
    def keys(self) -> Path:
        """The key of the S3 server, as AWS's own tools read it."""
        return self.path / "aws-credentials"

    @property
    def profile(self) -> Path:
        """The settings of the profile `stack`, while the stack is up."""
        return self.path / "profile.toml"

    @property
    def shown(self) -> Path:
        """There once somebody was shown the passwords."""
        return self.path / "shown"

    def make(self) -> None:
        """Make the folder and its secrets unless they are there.

        Raises StackError where it cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            # Root's PostgreSQL runs as somebody else, who must get through to its own folder, and sees nothing here.
            self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            self.logs.mkdir(exist_ok=True, mode=0o700)
            (self.path / ".gitignore").write_text("*\n")
            if not (read_document(self.secrets) or {}).keys() >= set(_SECRETS):
                self._make_secrets()
        except OSError as error:
            raise StackError(
                f"the stack's folder {self.path} cannot be written: {error.strerror or error}",
                f"let {VARIABLE} name a folder that you may write to",
            ) from error

    def _make_secrets(self) -> None:
        known = read_document(self.secrets) or {}  # of a stack whose version had fewer parts
        made = {name: known.get(name) or secrets.token_hex(16) for name in _SECRETS}
        key = f"[default]\naws_access_key_id = {USER}\naws_secret_access_key = {made['s3']}\n"
        write_private(self.keys, key)
        write_private(self.secrets, json.dumps({"user": USER, **made}, indent=1) + "\n")

    def read_secrets(self) -> Mapping[str, str]:
        """The passwords by what they are for. Raises StackError where they cannot be read."""
        found: Mapping[str, str] = read_document(self.secrets) or {}
        if not found:
            raise StackError(f"the stack has no passwords in {self.secrets}", "start it: `dataspark up`")
        return found

    def delete(self) -> None:
        """Delete all that a stack has written, and the folder unless somebody put something else there."""
        for name in _KEPT:
            shutil.rmtree(self.path / name, ignore_errors=True)
        own = (self.state, self.order, self.secrets, self.keys, self.shown, self.profile, self.lock)
        for file in (*own, self.path / ".gitignore"):
            file.unlink(missing_ok=True)
        try:
            self.path.rmdir()
        except OSError:
            return


USER = "dataspark"
"""The user's name at every server that has users."""


def folder_of(project: Path) -> Folder:
    """The stack's folder of a project. Raises UsageError where there is no project."""
    root = project.resolve()
    if not (root / SETTINGS_FILE).is_file():
        raise UsageError(
            f"{root} is no project: it has no {SETTINGS_FILE}",
            "make one with `dataspark init NAME`, or name its folder with `--project FOLDER`",
        )
    return Folder(stack_folder(root))


def make_private(*folders: Path) -> None:
    """Make folders that only their owner sees into, unless they are there."""
    for folder in folders:
        folder.mkdir(exist_ok=True, mode=0o700)


def write_private(path: Path, text: str) -> None:
    """Put a file in its place, whole, for its owner's eyes only."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY), "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


def read_document(path: Path) -> Any:
    """A JSON file; None where there is none, or one that somebody cut off. Raises StackError where it may not be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    except OSError as error:
        raise StackError(
            f"{path} cannot be read: {error.strerror or error}", "it belongs to who started the stack"
        ) from error


@contextmanager
def hold(folder: Folder) -> Iterator[bool]:
    """Hold a stack as its supervisor. Yields False where another process holds it; a process that died holds nothing."""
    with os.fdopen(os.open(folder.lock, os.O_RDWR | os.O_CREAT, _OWNER_ONLY), "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def holder(folder: Folder) -> int | None:
    """The pid of the supervisor that holds the stack; None where none does, whatever any file says.

    It is 0 for the instant in which a supervisor holds the stack and has not said its pid yet.
    """
    try:
        with folder.lock.open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(file.read() or 0)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise StackError(
            f"{folder.lock} cannot be read: {error.strerror or error}", "it belongs to who started the stack"
        ) from error
    return None
