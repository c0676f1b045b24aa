"""Take the picture of the page that the README shows: `python -m docs.picture` writes docs/page.png."""

import asyncio
from pathlib import Path

from tests.chromium import chromium, tab
from tests.web_chain import NOW_NS
from tests.web_server import served
from tests.web_story import long_day

_PICTURE = Path(__file__).with_name("page.png")
_WIDTH = 1200


async def take(picture: Path) -> None:
    """Serve a made-up day on the lab's chain, and photograph it down to what turned."""
    async with (
        chromium() as browser,
        served(long_day()) as web,
        tab(browser, web.url, width=_WIDTH) as opened,
    ):
        # The browser's day is the story's, so that times are written short.
        await opened.page.clock.set_fixed_time(NOW_NS / 1e9)
        await opened.page.reload()
        await opened.wait_until_live()
        bottom = await opened.page.evaluate(
            "() => document.getElementById('matrix').getBoundingClientRect().top + scrollY"
        )
        clip = {"x": 0, "y": 0, "width": _WIDTH, "height": bottom}
        await opened.page.screenshot(path=picture, full_page=True, clip=clip)  # type: ignore[arg-type]  # a TypedDict


if __name__ == "__main__":
    asyncio.run(take(_PICTURE))
    print(f"{_PICTURE.name}: {_PICTURE.stat().st_size / 1000:.0f} kB")
