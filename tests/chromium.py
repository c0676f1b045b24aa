"""Debian's Chromium, driven by playwright: offline apart from what the test serves, and every complaint kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from playwright.async_api import Browser, Page, async_playwright

from tests.need import need_program

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => console.error("policy", event.violatedDirective));
"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the browser, or skip the test where there is none."""
    program = need_program("chromium", "chromium-browser", "google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Tab:
    """An open page, and what went wrong in it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def wait_until_live(self) -> None:
        """Wait for the first event of the feed."""
        await self.page.wait_for_selector("#live.on", timeout=10_000)


@asynccontextmanager
async def tab(
    browser: Browser,
    url: str,
    *,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    scripts: bool = True,
    scale: float = 1,
) -> AsyncIterator[Tab]:
    """Open `url` in a window of its own."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        java_script_enabled=scripts,
        device_scale_factor=scale,
        timezone_id="UTC",
        locale="en-GB",
    )
    page = await context.new_page()
    opened = Tab(page)
    if scripts:
        await page.add_init_script(_REPORT_VIOLATIONS)
    page.on("console", lambda message: opened.complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: opened.complaints.append(f"error: {error}"))
    page.on("request", lambda request: opened.requests.append(request.url))
    page.on("dialog", lambda dialog: opened.complaints.append(f"dialog: {dialog.message}"))
    try:
        await page.goto(url)
        yield opened
    finally:
        await context.close()
