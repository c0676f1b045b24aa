"""What can be seen of the containers from beside them: by the engine, by published ports, and by what they recorded."""

import json
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass

import click

from tests.containers.engine import Engine, TrialError

PAGE, DEMO = "http://127.0.0.1:9860", "http://127.0.0.1:9870"
PROMETHEUS, ALERTMANAGER = "http://127.0.0.1:9090", "http://127.0.0.1:9093"
# What a process in a container of ours must be: somebody, who may do nothing, and can never do more.
CONFINED = {"Uid": "65532", "CapEff": "0000000000000000", "CapBnd": "0000000000000000", "NoNewPrivs": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Somebody who looks, waits until something is so, and says how long it took."""

    engine: Engine

    def size(self, image: str) -> int:
        """Return an image's bytes."""
        return int(self.engine.docker("image", "inspect", "-f", "{{.Size}}", image))

    def inspected(self, service: str, form: str) -> str:
        """Return what the engine knows of a service's container, in Go's template language."""
        return self.engine.docker("inspect", "-f", form, container(service))

    def health(self, service: str) -> str:
        """Return starting, healthy or unhealthy."""
        return self.inspected(service, "{{.State.Health.Status}}")

    def running(self) -> list[str]:
        """Return the services whose containers run."""
        names = self.engine.docker("ps", "--format", "{{.Names}}").split()
        return sorted(name.removeprefix("hopwatch_").removesuffix("_1") for name in names)

    def log(self, service: str) -> str:
        """Return all that a service wrote."""
        done = self.engine.inside("docker", "logs", container(service))
        return done.stdout + done.stderr

    def memory(self, service: str) -> str:
        """Return the memory that a service uses, and may use."""
        return self.engine.docker("stats", "--no-stream", "--format", "{{.MemUsage}}", container(service))

    def until(self, what: str, seconds: float, is_so: Callable[[], bool], since: float | None = None) -> None:
        """Wait until something is so and say after how long, or fail with the state of everything."""
        start = time.monotonic() if since is None else since
        while not is_so():
            if time.monotonic() - start > seconds:
                raise TrialError(f"not within {seconds:g} s: {what}")
            time.sleep(0.25)
        say(what, time.monotonic() - start)

    def until_healthy(self, service: str, what: str, since: float | None = None) -> None:
        """Wait for a service to be healthy."""
        self.until(what, 90, lambda: self.health(service) == "healthy", since)

    def is_confined(self, service: str) -> None:
        """Fail unless a service's first process may do nothing, and write nowhere."""
        lines = self.engine.docker("exec", container(service), "cat", "/proc/1/status").splitlines()
        pairs = (line.partition(":") for line in lines)
        status = {key: value.split()[0] for key, _, value in pairs if value.split()}
        expect(f"confinement of {service}", CONFINED, {key: status[key] for key in CONFINED})
        wrote = self.engine.inside("docker", "exec", container(service), "touch", "/opt/x", check=False)
        expect(f"{service} writes into its image", (1, True), (wrote.returncode, "Read-only" in wrote.stderr))

    def value(self, query: str) -> float | None:
        """Return the one value of a query to Prometheus, or None while there is none."""
        asked = urllib.parse.urlencode({"query": query})
        answer = json.loads(self.engine.get(f"{PROMETHEUS}/api/v1/query?{asked}") or "{}")
        result = answer.get("data", {}).get("result", [])
        return float(result[0]["value"][1]) if result else None

    def told(self, url: str) -> str:
        """Return what an address answers, or nothing."""
        return self.engine.get(url) or ""

    def records(self, service: str) -> set[str]:
        """Return all records of a daemon's store."""
        told = self.engine.docker("exec", container(service), "hopwatch", "export", "--since", "1h")
        return {*told.splitlines()}

    def state(self) -> str:
        """Return how every container is, and the last that it wrote."""
        told = [self.engine.docker("ps", "-a", "--format", "{{.Names}} {{.Status}}")]
        for name in self.engine.docker("ps", "-a", "--format", "{{.Names}}").split():
            logs = self.engine.inside("docker", "logs", "--tail", "8", name, check=False)
            told.append(f"--- {name}\n{logs.stdout}{logs.stderr}")
        return "\n".join(told)


def container(service: str) -> str:
    """Return the name of a service's container."""
    return f"hopwatch_{service}_1"


def say(what: str, seconds: float) -> None:
    """Print a figure."""
    click.echo(f"{what:<52}{seconds:6.1f} s")


def expect(what: str, expected: object, found: object) -> None:
    """Fail unless what was found is what must be."""
    if expected != found:
        raise TrialError(f"{what}: expected {expected!r}, found {found!r}")
