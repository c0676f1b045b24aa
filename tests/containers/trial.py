"""`make containers`: build the image, run every command of docs/containers.md, break things, and say what was seen and how soon.

Ends with 0 when all is as the page says, and with 1 and a sentence when something is not.
"""

import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from urllib.parse import urlencode

import click
import yaml

from tests.containers.documented import Shell, sections
from tests.containers.engine import Engine, TrialError, running_engine
from tests.containers.images import ROOT, base_name, clone, import_base, make_stand_ins, package_index
from tests.containers.look import ALERTMANAGER, DEMO, PAGE, Look, container, expect, say

FOLDER = ROOT / "build" / "containers"
PROGRAMS = (
    "dockerd", "docker-compose", "mmdebstrap", "prometheus", "prometheus-alertmanager", "busybox", "curl", "ip", "git",
)  # fmt: skip
IMAGE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["hopwatch"]["image"]


class Trial:
    """The story of the page, told once from an empty engine to an empty engine."""

    def __init__(self, engine: Engine, shell: Shell) -> None:
        """Tell it by this engine and this shell."""
        self.engine = engine
        self.shell = shell
        self.look = Look(engine=engine)

    def tell(self) -> None:
        """Run all of it."""
        self.image()
        self.alone()
        self.everything()
        self.fault()
        self.partition()
        self.hang()
        self.restart()
        self.configuration()
        self.secret()
        self.upgrade_and_backup()
        self.host_network()
        self.end()
        if self.shell.left:
            raise TrialError(f"nobody ran {self.shell.left}")

    def image(self) -> None:
        """Build it cold, again, and after a change of ours."""
        place = self.shell.clone
        say("built from nothing", self._build())
        say("built again", self._build())
        module = place / "probe" / "__init__.py"
        before = module.read_text()
        module.write_text(f"{before}\n# changed\n")
        say("built after a change of ours", self._build())
        module.write_text(before)
        self._build()
        base, whole = (self.look.size(name) / 1e6 for name in (base_name(), IMAGE))
        click.echo(f"size: {whole:.0f} MB, {whole - base:.0f} MB of which beside the base image made here")
        click.echo(self.engine.docker("run", "--rm", IMAGE, "--version"))

    def alone(self) -> None:
        """Start the daemon alone and look how it is held in."""
        start = time.monotonic()
        self.shell.run("docker compose up -d hopwatch")
        self.look.until_healthy("hopwatch", "the daemon alone healthy", start)
        self.shell.documented("The daemon alone")
        expect("containers", ["hopwatch"], self.look.running())
        self.look.is_confined("hopwatch")
        ping = "import socket as s; s.socket(s.AF_INET, s.SOCK_DGRAM, s.IPPROTO_ICMP)"
        self.engine.docker("exec", container("hopwatch"), "python", "-c", ping)
        click.echo(f"memory of the daemon: {self.look.memory('hopwatch')}")

    def everything(self) -> None:
        """Start the rest, and the demonstration, and see all of it healthy and scraped."""
        start = time.monotonic()
        self.shell.documented("Everything")
        for service in ("alertmanager", "prometheus"):
            self.look.until_healthy(service, f"{service} healthy", start)
        start = time.monotonic()
        self.shell.documented("The demonstration", 0)
        self.look.until_healthy("demo", "the demonstration healthy, its fault switched on", start)
        self.look.is_confined("demo")
        self.look.until(
            "both daemons scraped", 60, lambda: self.look.value('sum(up{job=~"hopwatch|hopwatch-demo"})') == 2
        )

    def fault(self) -> None:
        """See the fault of the demonstration, its alert, and its end."""
        query = 'max(hopwatch_probe_success{job="hopwatch-demo",hop="hk-vps",check="alive"})'
        begun = time.monotonic()
        self.look.until("the fault on the page", 30, lambda: "tcp.refused" in self.look.told(DEMO), begun)
        self.look.until("the fault in Prometheus", 60, lambda: self.look.value(query) == 0, begun)
        firing = f"{ALERTMANAGER}/api/v2/alerts?" + urlencode({"filter": 'alertname="RouteDown"'})
        self.look.until(
            "RouteDown in Alertmanager", 300, lambda: "hopwatch-demo" in self.look.told(firing), begun
        )
        self.shell.documented("The demonstration", 1)
        self.look.until("the mending in Prometheus", 60, lambda: self.look.value(query) == 1)
        alerts = 'count(ALERTS{alertname="RouteDown",job="hopwatch-demo"}) or vector(0)'
        self.look.until("no RouteDown any more", 180, lambda: self.look.value(alerts) == 0)

    def partition(self) -> None:
        """Cut the daemon off from Prometheus, and join them again."""
        query = 'up{instance="hopwatch:9860"}'
        network = ("hopwatch_scrape", container("hopwatch"))
        self.engine.docker("network", "disconnect", *network)
        self.look.until("the partition in Prometheus", 60, lambda: self.look.value(query) == 0)
        alerts = 'count(ALERTS{alertname="HopwatchDown"})'
        self.look.until("HopwatchDown pending or firing", 120, lambda: self.look.value(alerts) == 1)
        self.engine.docker("network", "connect", "--alias", "hopwatch", *network)
        self.look.until("the end of the partition in Prometheus", 60, lambda: self.look.value(query) == 1)

    def hang(self) -> None:
        """Stop the daemon without ending it: only its health check can tell."""
        self.engine.docker("kill", "-s", "STOP", container("hopwatch"))
        self.look.until(
            "a daemon that hangs is unhealthy", 90, lambda: self.look.health("hopwatch") == "unhealthy"
        )
        self.engine.docker("kill", "-s", "CONT", container("hopwatch"))
        self.look.until_healthy("hopwatch", "... and healthy when it goes on")

    def restart(self) -> None:
        """Restart lab and daemon: what was recorded is still there."""
        before = self.look.records("demo")
        start = time.monotonic()
        self.shell.documented("The demonstration", 2)
        self.look.until_healthy("demo", "lab and daemon restarted, healthy", start)
        expect(
            "records lost by the restart", (True, set()), (bool(before), before - self.look.records("demo"))
        )

    def configuration(self) -> None:
        """Take over a configuration of one's own, change it as an editor does, and have it read."""
        self.shell.documented("Your own configuration", 0)
        self.look.until("a configuration of one's own at work", 60, lambda: self._is_watched("relay"))
        mine = self.shell.clone / "mine" / "hopwatch.yml"
        (mine.parent / "new").write_text(mine.read_text().replace("relay", "renamed"))
        (mine.parent / "new").rename(mine)
        self.shell.documented("Your own configuration", 1)
        self.look.until("a changed configuration read", 20, lambda: self._is_watched("renamed"))

    def secret(self) -> None:
        """Hand over a secret: the daemon may read it, and nobody learns it from the engine."""
        self.shell.documented("Secrets")
        read = self.engine.docker("exec", container("hopwatch"), "cat", "/run/secrets/cerebras-api-key")
        expect("the secret", "the-key-itself", read)
        told = self.engine.docker("inspect", container("hopwatch"))
        told += self.engine.docker("history", "--no-trunc", IMAGE)
        expect("places that tell the secret", 0, told.count("the-key-itself"))

    def upgrade_and_backup(self) -> None:
        """Build and start again; take a copy of the store, lose it, and put it back."""
        self.shell.documented("Upgrade")
        self.look.until_healthy("hopwatch", "healthy after the upgrade")
        before = self.look.records("hopwatch")
        self.shell.documented("Backup", 0)
        self.shell.run("docker compose rm -sf hopwatch; docker volume rm hopwatch_hopwatch-store")
        self.shell.run("docker compose up -d hopwatch")
        self.look.until_healthy("hopwatch", "healthy with an empty store")
        expect("records of before", set(), before & self.look.records("hopwatch"))
        self.shell.documented("Backup", 1)
        self.look.until_healthy("hopwatch", "healthy with the store put back")
        expect("records lost", (True, set()), (bool(before), before - self.look.records("hopwatch")))

    def host_network(self) -> None:
        """Give the daemon the machine's own network, which here is the engine's."""
        start = time.monotonic()
        self.shell.documented("From which networks", 0)
        self.look.until_healthy("hopwatch", "healthy on the machine's own network", start)
        expect("network", "host", self.look.inspected("hopwatch", "{{.HostConfig.NetworkMode}}"))
        self.look.is_confined("hopwatch")
        self.shell.documented("From which networks", 1)
        self.look.until_healthy("hopwatch", "healthy behind the bridge again")

    def end(self) -> None:
        """Take everything down, first without and then with the volumes."""
        start = time.monotonic()
        self.engine.docker("stop", container("hopwatch"))
        say("the daemon's own end", time.monotonic() - start)
        expect("its exit code", "0", self.look.inspected("hopwatch", "{{.State.ExitCode}}"))
        self.shell.run("docker compose start hopwatch")
        start = time.monotonic()
        self.shell.documented("The end", 0)
        say("everything down", time.monotonic() - start)
        volumes = self.engine.docker("volume", "ls", "-q").split()
        self.shell.documented("The end", 1)
        left = [self.engine.docker(*what, "-q") for what in (("ps", "-a"), ("volume", "ls"))]
        expect(
            "the store kept, then nothing left",
            (True, ["", ""]),
            ("hopwatch_hopwatch-store" in volumes, left),
        )

    def _is_watched(self, hop: str) -> bool:
        return f'hop="{hop}"' in self.look.told(f"{PAGE}/metrics")

    def _build(self) -> float:
        start = time.monotonic()
        self.shell.run("docker compose build", seconds=600)
        return time.monotonic() - start


def main() -> int:
    """Tell the story; the folder keeps the base image and the packages for the next time."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        click.echo(f"needs root and {', '.join(PROGRAMS)}; missing: {', '.join(missing) or 'root'}", err=True)
        return 1
    # Cold means cold.
    shutil.rmtree(FOLDER / "engine", ignore_errors=True)
    with ExitStack() as stack:
        try:
            engine = stack.enter_context(running_engine(FOLDER / "engine"))
            say("base image", import_base(engine, FOLDER))
            make_stand_ins(engine, FOLDER)
            index = stack.enter_context(package_index(FOLDER))
            page = sections((ROOT / "docs" / "containers.md").read_text())
            _tell(Trial(engine, Shell(engine=engine, clone=clone(FOLDER), index=index, page=page)))
        except (TrialError, subprocess.SubprocessError) as error:
            click.echo(f"\nnot as it must be: {error}", err=True)
            return 1
    click.echo("all as docs/containers.md says")
    return 0


def _tell(trial: Trial) -> None:
    try:
        trial.tell()
    except (TrialError, subprocess.SubprocessError) as error:
        raise TrialError(f"{error}\n{trial.look.state()}") from error


if __name__ == "__main__":
    sys.exit(main())
