"""Clean text that came from outside, so that no log, page, label or terminal can be steered by it."""

import re

# C0 and C1 controls, bidirectional and invisible formatting (Unicode TR 36, 2.10), line separators, lone surrogates.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


# Ends a text that was cut.
CUT = "…"


def clean(text: str | bytes, limit: int = 512) -> str:
    """Return `text` with every unsafe character shown as U+FFFD and cut to `limit` characters."""
    if isinstance(text, bytes):
        text = text[: 4 * limit].decode("utf-8", "replace")
    cut = text if len(text) <= limit else text[: limit - 1] + CUT
    return _UNSAFE.sub("\ufffd", cut)
