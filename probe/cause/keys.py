"""Which causes are trouble with a key or a quota: whoever says so has been reached and works; pure."""

import re
from typing import Final

# The alerts go by the same (config/prometheus/hopwatch.rules.yml).
KEY_CAUSES: Final = (
    r"api\.auth|api\.billing|api\.quota.*|api\.edge\.rate_limited|relay\.limited"
    r"|vercel\.function\.throttled|vercel\.firewall\.rate_limited"
)
_KEYS: Final = re.compile(KEY_CAUSES)


def is_key_trouble(cause: str) -> bool:
    """Tell whether a cause is a matter of keys and quotas, which takes no hop and no route down."""
    return _KEYS.fullmatch(cause) is not None
