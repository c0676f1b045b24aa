"""Boot a systemd in a container, install hopwatch there as docs/systemd.md says, and see that the unit keeps its promises.

Needs root, and Debian's systemd-container and mmdebstrap. The container has no network but its own loopback.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
ROOT = HERE / "build" / "systemd-root"
CONFIG = """\
version: 1
defaults: {interval: 2s, timeout: 1s}
hops:
  itself: {url: "http://127.0.0.1:9860", mine: true}
routes:
  own:
    hops: [itself]
    checks:
      alive: {http: {path: /-/healthy, status: [200], bearer: {file: /run/credentials/hopwatch.service/secrets_key}}}
"""
# The unit's own 30 s, cut so that the trial is short.
QUICK = "[Service]\nWatchdogSec=3\n"
ENTRY = """\
#!/usr/bin/python3
import sys
sys.path.insert(0, "/opt/hopwatch/lib")
from probe.cli import main
main()
"""


def run(*words: str | Path) -> str:
    done = subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def put(path: str, text: str, mode: int = 0o644) -> None:
    file = ROOT / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


def install() -> None:
    if not (ROOT / "etc").exists():
        wanted = "systemd,systemd-sysv,dbus,procps,python3-minimal,libpython3-stdlib"
        run("mmdebstrap", "--variant=minbase", f"--include={wanted}", "bookworm", ROOT)
    lib = ROOT / "opt/hopwatch/lib"
    pip = (sys.executable, "-m", "pip", "install", "-q", "--upgrade", "--target", lib)
    run(*pip, "--require-hashes", "-r", HERE / "requirements.lock")
    run(*pip, "--no-deps", HERE)
    put("opt/hopwatch/bin/hopwatch", ENTRY, 0o755)
    put("etc/hopwatch/hopwatch.yml", CONFIG)
    put("etc/hopwatch/secrets/key", "a-secret\n", 0o600)
    (ROOT / "etc/hopwatch/secrets").chmod(0o700)
    put("etc/systemd/system/hopwatch.service", (HERE / "config/systemd/hopwatch.service").read_text())
    put("etc/systemd/system/hopwatch.service.d/quick.conf", QUICK)
    put("etc/sysctl.d/90-hopwatch.conf", (HERE / "config/systemd/sysctl.d/90-hopwatch.conf").read_text())


class Inside:
    """The booted container, spoken to from outside of it."""

    def __init__(self, leader: str) -> None:
        self._enter = ("nsenter", "-t", leader, "-m", "-p", "-n", "-u", "-i")

    def do(self, *words: str) -> str:
        return run(*self._enter, *words)

    def tell(self, *words: str) -> tuple[int, str]:
        done = subprocess.run([*self._enter, *words], check=False, capture_output=True, text=True)
        return done.returncode, (done.stdout + done.stderr).strip()

    def show(self, name: str) -> str:
        return self.do("systemctl", "show", "hopwatch", "-p", name, "--value")

    def metric(self, name: str) -> float:
        fetch = (
            "import urllib.request as r; print(r.urlopen('http://127.0.0.1:9860/metrics').read().decode())"
        )
        lines = self.do("python3", "-c", fetch).splitlines()
        return sum(float(one.rpartition(" ")[2]) for one in lines if one.startswith(name))

    def until(self, what: str, holds: Callable[[], bool], seconds: float = 30.0) -> float:
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            if holds():
                return time.monotonic() - began
            time.sleep(0.1)
        log = self.tell("journalctl", "-u", "hopwatch", "-n", "40", "--no-pager", "-o", "cat")[1]
        raise SystemExit(f"not within {seconds} s: {what}\n{log}")


@contextmanager
def booted() -> Iterator[Inside]:
    nspawn = subprocess.Popen(
        ["systemd-nspawn", "-q", "-D", ROOT, "--register=no", "--keep-unit", "--private-network", "-b", "--console=pipe"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    leader = ""
    try:
        for _ in range(100):
            leader = subprocess.run(
                ["pgrep", "-P", str(nspawn.pid), "-x", "systemd"], check=False, capture_output=True, text=True
            ).stdout.strip()
            if leader:
                break
            time.sleep(0.1)
        inside = Inside(leader)
        inside.until(
            "systemd is up",
            lambda: inside.tell("systemctl", "is-system-running")[1] in ("running", "degraded"),
        )
        yield inside
    finally:
        if leader:
            Inside(leader).tell("systemctl", "poweroff")
        nspawn.wait(timeout=30)


def said(what: str, figure: object) -> None:
    print(f"{what}: {figure}", flush=True)  # noqa: T201 - what this program is for


def seconds(act: Callable[[], object]) -> float:
    began = time.monotonic()
    act()
    return round(time.monotonic() - began, 2)


def trial(inside: Inside) -> None:
    said("started and ready in", seconds(lambda: inside.do("systemctl", "start", "hopwatch")))
    said("status", inside.show("StatusText"))
    inside.until("probes go well with the secret", lambda: inside.metric("hopwatch_probes_total") >= 2)
    assert inside.metric("hopwatch_probe_failures_total") == 0, "the check of itself failed"
    said("runs as user", inside.do("stat", "-c", "%u", f"/proc/{inside.show('MainPID')}"))

    put("etc/hopwatch/hopwatch.yml", CONFIG + "      more: {tcp: {}}\n")
    said("reloaded in", seconds(lambda: inside.do("systemctl", "reload", "hopwatch")))
    inside.until("the new check runs", lambda: inside.metric('hopwatch_probes_total{check="more"') >= 1)

    inside.do("kill", "-STOP", inside.show("MainPID"))
    said(
        "a stopped process was replaced after",
        inside.until("the watchdog bites", lambda: inside.show("NRestarts") == "1"),
    )
    inside.until("it is active again", lambda: inside.show("ActiveState") == "active")
    assert inside.metric("hopwatch_store_rows") >= 2, "what was recorded before is gone"

    said("stopped in", took := seconds(lambda: inside.do("systemctl", "stop", "hopwatch")))
    assert took < 5, "it took too long to stop"
    put("etc/hopwatch/hopwatch.yml", "version: 2\n")
    inside.tell("systemctl", "start", "hopwatch")
    assert (inside.show("ActiveState"), inside.show("ExecMainStatus")) == ("failed", "78"), (
        "a bad file was tried again"
    )
    said("a bad configuration leaves it", inside.show("ActiveState"))


def main() -> None:
    install()
    with booted() as inside:
        trial(inside)


if __name__ == "__main__":
    main()
