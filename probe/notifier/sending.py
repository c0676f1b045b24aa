"""Send one message by one channel and say what came of it; the same for the daemon and for a test by hand."""

import structlog

from probe.cause.failed import ProbeFailed
from probe.clock import Clock
from probe.notice.words import Message
from probe.notifier.aside import aside
from probe.notifier.channel import Post, Reception, Said
from probe.notifier.posting import PostError, send
from probe.notifier.wanted import Addressee
from probe.secret import redact
from probe.text import clean

_log = structlog.get_logger()
_SHOWN = 300


async def deliver(to: Addressee, message: Message, clock: Clock) -> Said:
    """Send it once; whatever goes wrong is an answer, too, and repeats nothing secret."""
    try:
        post = await aside(lambda: to.channel.post(message, to.words, clock.wall_ns()))
    except ProbeFailed as error:
        # A secret that is not there may yet be put there.
        return Said(reception=Reception.AGAIN, text=clean(error.detail, _SHOWN))
    except Exception as error:  # noqa: BLE001 - no channel may end the notifier
        return _broken(to, error)
    try:
        answer = await send(post, to.wire)
    except PostError as error:
        return Said(reception=Reception.AGAIN, text=redact(str(error), post.secrets))
    except Exception as error:  # noqa: BLE001 - no channel may end the notifier
        return _broken(to, error)
    said = to.channel.said(answer)
    return Said(reception=said.reception, text=_shown(said.text, post), after_seconds=said.after_seconds)


def _shown(text: str, post: Post) -> str:
    return redact(clean(text, _SHOWN), post.secrets)


def _broken(to: Addressee, error: Exception) -> Said:
    # Neither the error's text nor its traceback, which may both hold what is secret.
    _log.error("notification.broke", channel=to.name, error=type(error).__name__)
    return Said(reception=Reception.AGAIN, text=f"a fault of hopwatch itself: {type(error).__name__}")
