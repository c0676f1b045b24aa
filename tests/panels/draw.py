"""Draw every dashboard, light and dark, over the lab hour, by Grafana's own panel components in Chromium.

    python -m tests.panels.draw build/pictures
    python -m tests.panels.draw docs hopwatch-overview:1100 hopwatch-route:1560

The second form draws what the documents show: some dashboards, light, as much of each as is said in pixels. It needs npm, promtool, prometheus and chromium. Everything of npm goes to build/panels.
"""

import asyncio
import functools
import http.server
import json
import lzma
import os
import shutil
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from playwright.async_api import Browser

from tests.chromium import chromium
from tests.fixtures.dashboards.make import LAB_HOUR
from tests.fixtures.dashboards.story import BEGIN, END
from tests.rig_dashboards import FILES, read
from tests.rig_prometheus import load_openmetrics, running_prometheus

HERE = Path(__file__).parent
BUILD = HERE.parent.parent / "build" / "panels"
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
WIDTH = 1400
ROW_PIXELS = 38
CHOSEN = {"route": "chat", "hop": "hk-vps", "beside": "reach"}


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *said: Any) -> None:
        """Say nothing of requests."""


@contextmanager
def _served() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(BUILD / "out"))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def _bundled() -> None:
    """Install what package.json names, unless it is there, and make one script of it."""
    BUILD.mkdir(parents=True, exist_ok=True)
    wanted = (HERE / "package.json").read_bytes()
    installed = BUILD / "package.json"
    if not (BUILD / "node_modules").is_dir() or installed.read_bytes() != wanted:
        installed.write_bytes(wanted)
        subprocess.run(
            ("npm", "install", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund"),
            cwd=BUILD,
            check=True,
        )
    loaders = [f"--loader:.{kind}=dataurl" for kind in ("svg", "png", "ttf", "woff2")]
    subprocess.run(
        (
            BUILD / "node_modules" / ".bin" / "esbuild",
            *(str(HERE / "main.tsx"), "--bundle", "--minify", "--format=esm", "--jsx=automatic"),
            *(f"--outfile={BUILD}/out/main.js", "--log-level=warning", *loaders),
            *('--define:process.env.NODE_ENV="production"', "--define:global=globalThis"),
        ),
        env={**os.environ, "NODE_PATH": str(BUILD / "node_modules")},
        check=True,
    )
    shutil.copy(HERE / "index.html", BUILD / "out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture to draw: of which dashboard, how, how high, and where to."""

    file: Path
    theme: Theme
    height: int
    target: Path


async def _draw(browser: Browser, page_url: str, prometheus_url: str, picture: Picture) -> list[str]:
    asked = {
        "prometheus": prometheus_url,
        "from": str(BEGIN),
        "to": str(END),
        "theme": picture.theme,
        "width": str(WIDTH),
        "variables": json.dumps(CHOSEN),
    }
    page = await browser.new_page(viewport={"width": WIDTH, "height": picture.height})
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
    await page.goto(f"{page_url}/index.html?{urllib.parse.urlencode(asked)}")
    await page.wait_for_selector("#drawn", state="attached", timeout=60_000)
    await page.screenshot(path=picture.target)
    await page.close()
    return [f"{picture.target.name}: {text}" for text in said if "404" not in text]


def everything(folder: Path) -> list[Picture]:
    """Return a picture of every dashboard in every theme."""
    return [
        Picture(file=file, theme=theme, height=_height(file), target=folder / f"{file.stem}-{theme}.png")
        for file in FILES
        for theme in THEMES
    ]


def shown(folder: Path, wanted: Sequence[str]) -> list[Picture]:
    """Return the pictures that documents show; each wanted one is a dashboard and a height."""
    names = [one.partition(":") for one in wanted]
    return [
        Picture(
            file=FILES[0].with_name(f"{name}.json"),
            theme="light",
            height=int(height),
            target=folder / f"{name.replace('hopwatch', 'dashboard')}.png",
        )
        for name, _, height in names
    ]


def _height(file: Path) -> int:
    lowest = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in read(file)["panels"])
    return int(lowest) * ROW_PIXELS + 90


async def draw(pictures: Sequence[Picture]) -> list[str]:
    """Draw them, and return what went wrong."""
    wrong = []
    with TemporaryDirectory() as temporary, _served() as page_url:
        storage = Path(temporary)
        (storage / "hour.om").write_bytes(lzma.decompress(LAB_HOUR.read_bytes()))
        await load_openmetrics(storage / "hour.om", storage / "tsdb")
        async with running_prometheus(storage, storage / "tsdb") as prometheus, chromium() as browser:
            for picture in pictures:
                shutil.copy(picture.file, BUILD / "out" / "dashboard.json")
                wrong += await _draw(browser, page_url, prometheus.url, picture)
    return wrong


if __name__ == "__main__":
    into, wanted = Path(sys.argv[1]), sys.argv[2:]
    into.mkdir(parents=True, exist_ok=True)
    _bundled()
    complaints = asyncio.run(draw(shown(into, wanted) if wanted else everything(into)))
    sys.stderr.writelines(f"{text}\n" for text in complaints)
    sys.exit(bool(complaints))
