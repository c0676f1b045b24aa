"""The images of the trial: the base by Debian's packages, stand-ins for what cannot be pulled, and our own from the Dockerfile."""

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.containers.engine import Engine, in_namespace

ROOT = Path(__file__).parent.parent.parent
LOCKS = (ROOT / "requirements.lock", ROOT / "config" / "docker" / "build.lock")
_PORT = 8099
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# The programs of a stand-in, as its image has them, by those of Debian's packages.
_PROGRAMS = {
    "prom/prometheus": {"prometheus": "/usr/bin/prometheus", "promtool": "/usr/bin/promtool"},
    "prom/alertmanager": {"alertmanager": "/usr/bin/prometheus-alertmanager", "amtool": "/usr/bin/amtool"},
}
_DATA = {"prom/prometheus": "/prometheus", "prom/alertmanager": "/alertmanager"}
LEFT_OUT = "grafana/grafana"


def base_name() -> str:
    """Return the image that the Dockerfile starts from."""
    found = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found
    return found[1]


def import_base(engine: Engine, folder: Path) -> float:
    """Make a root file system of Debian's packages, once, and give it the base image's name."""
    start = time.monotonic()
    tree = folder / "base.tar"
    if not tree.exists():
        packages = "--include=python3,python3-venv,python3-pip,ca-certificates"
        made = ("mmdebstrap", "--quiet", "--variant=minbase", packages, "bookworm", str(folder / "new.tar"))
        subprocess.run(made, check=True, capture_output=True, timeout=600)
        (folder / "new.tar").rename(tree)
    engine.docker("import", "-c", f"ENV PATH={_PATH}", str(tree), base_name(), seconds=120)
    # The official image calls it so.
    engine.docker(
        "build", "-q", "-t", base_name(), "-",
        given=f"FROM {base_name()}\nRUN ln -sf python3 /usr/bin/python\n".encode(),
    )  # fmt: skip
    return time.monotonic() - start


def make_stand_ins(engine: Engine, folder: Path) -> None:
    """Put Debian's Prometheus and Alertmanager behind the names, programs and users of the official images."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"].values()
    images = {service["image"].replace("${REGISTRY:-docker.io}/", "") for service in services}
    for image in sorted(images):
        name = image.partition(":")[0]
        if name in _PROGRAMS:
            _make_stand_in(engine, folder / "stand-in", name, image)


def _make_stand_in(engine: Engine, context: Path, name: str, image: str) -> None:
    shutil.rmtree(context, ignore_errors=True)
    (context / "bin").mkdir(parents=True)
    for program, path in {**_PROGRAMS[name], "wget": "/bin/busybox"}.items():
        shutil.copy(path, context / "bin" / program)
    # Debian's have their templates there and not within.
    shutil.copytree("/usr/share/prometheus", context / "prometheus")
    (context / "Dockerfile").write_text(
        f"FROM {base_name()}\nCOPY bin/ /bin/\nCOPY prometheus/ /usr/share/prometheus/\nRUN install -d -o 65534 -g 65534 {_DATA[name]}\n"
        f'USER 65534\nENTRYPOINT ["/bin/{next(iter(_PROGRAMS[name]))}"]\n'
    )
    engine.docker("build", "-q", "-t", image, str(context), seconds=120)


@contextmanager
def package_index(folder: Path) -> Iterator[str]:
    """Serve the locked packages where the engine is, as a mirror would, and give the index's address."""
    wheels, index = folder / "wheels", folder / "index"
    wheels.mkdir(exist_ok=True)
    for lock in LOCKS:
        fetch = ["pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
        subprocess.run(
            (sys.executable, "-m", *fetch, "-d", str(wheels), "-r", str(lock)), check=True, timeout=600
        )
    shutil.rmtree(index, ignore_errors=True)
    for wheel in wheels.glob("*.whl"):
        project = re.sub(r"[-_.]+", "-", wheel.name.partition("-")[0]).lower()
        (index / "simple" / project).mkdir(parents=True, exist_ok=True)
        (index / "simple" / project / wheel.name).symlink_to(wheel.resolve())
    served = (*in_namespace(), sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "-d", str(index))
    process = subprocess.Popen((*served, str(_PORT)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{_PORT}/simple"
    finally:
        process.kill()
        process.wait()


def clone(folder: Path) -> Path:
    """Copy the project as a clone has it, for the trial to change."""
    made = folder / "clone"
    shutil.rmtree(made, ignore_errors=True)
    listed = subprocess.run(
        ("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"),
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in listed.split("\0"):
        if name and (ROOT / name).is_file():
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, made / name)
    return made
