"""A Docker engine of our own, in a network namespace, so that it leaves no bridge, rule or forwarding on this machine."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

NAMESPACE = "hopwatch-docker"
_SECONDS_TO_START = 30


class TrialError(Exception):
    """Something went otherwise than it must; the text says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A running engine, and the ways to make it do something."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to find it."""
        return {**os.environ, "DOCKER_HOST": f"unix://{self.folder}/docker.sock"}

    def inside(
        self, *words: str, seconds: float = 60, given: bytes | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a program beside the engine, where published ports are, and fail with what it said."""
        done = subprocess.run(
            (*in_namespace(), *words),
            env=self.environment,
            input=given.decode() if given is not None else None,
            capture_output=True,
            text=True,
            timeout=seconds,
        )
        if check and done.returncode:
            raise TrialError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def docker(self, *words: str, seconds: float = 60, given: bytes | None = None) -> str:
        """Run one command of docker's and return what it printed."""
        return self.inside("docker", *words, seconds=seconds, given=given).stdout.strip()

    def get(self, url: str) -> str | None:
        """Return what a published port answers, or None when it does not, or not well."""
        done = self.inside("curl", "-sf", "--max-time", "5", url, check=False)
        return None if done.returncode else done.stdout


def in_namespace() -> Sequence[str]:
    """Begin a command that runs in the engine's network; `ip netns exec` would hide the cgroups from it."""
    return ("nsenter", f"--net=/run/netns/{NAMESPACE}")


@contextmanager
def running_engine(folder: Path) -> Iterator[Engine]:
    """Run an engine whose images stay in `folder`, and leave nothing else behind."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = Engine(folder=folder)
    _remove_namespace()
    _run("ip", "netns", "add", NAMESPACE)
    try:
        _run("ip", "-n", NAMESPACE, "link", "set", "lo", "up")
        with (folder / "engine.log").open("w") as log, _process(engine, log.fileno()) as process:
            _await_start(engine, process)
            yield engine
    finally:
        _remove_namespace()


@contextmanager
def _process(engine: Engine, log: int) -> Iterator[subprocess.Popen[bytes]]:
    folder = engine.folder
    process = subprocess.Popen(
        [
            *in_namespace(), "dockerd", "--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"),
            "--pidfile", str(folder / "docker.pid"), "-H", engine.environment["DOCKER_HOST"],
        ],
        stdout=log,
        stderr=log,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        process.wait()
        subprocess.run(("umount", str(folder / "exec" / "netns" / "default")), capture_output=True)


def _await_start(engine: Engine, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while engine.inside("docker", "info", check=False).returncode:
        if process.poll() is not None or time.monotonic() > end:
            log = (engine.folder / "engine.log").read_text()
            raise TrialError(f"the Docker engine does not start:\n{log[-2000:]}")
        time.sleep(0.1)


def _remove_namespace() -> None:
    # A trial that was killed leaves its own.
    subprocess.run(("ip", "netns", "del", NAMESPACE), capture_output=True)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
