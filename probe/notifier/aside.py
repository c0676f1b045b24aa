"""Do what may block in a thread that nobody ever waits for: a name lookup, a file, certificates."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


async def aside(function: Callable[[], Result]) -> Result:
    """Run it in a thread of its own and return what it returns, or raise what it raises.

    The loop's own threads are for probing and the store, and the end of the program waits for them: a resolver that hangs
    here must hold up neither.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def work() -> None:
        try:
            result = function()
        except Exception as error:  # noqa: BLE001 - whoever asked is told
            _tell(loop, future, error=error)
        else:
            _tell(loop, future, result=result)

    threading.Thread(target=work, name="notifier", daemon=True).start()
    return await future


def _tell(
    loop: asyncio.AbstractEventLoop,
    future: "asyncio.Future[Result]",
    *,
    result: Result | None = None,
    error: Exception | None = None,
) -> None:
    def settle() -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # it is the result wherever there is no error

    if not loop.is_closed():
        loop.call_soon_threadsafe(settle)
