"""Chinese for every cause: what it means, and what to do about it."""

from collections.abc import Mapping
from typing import Final

from probe.web.words.zh_causes_network import NETWORK
from probe.web.words.zh_causes_service import SERVICE
from probe.web.words.zh_causes_tls import TLS

_BOTH: Final = {**NETWORK, **TLS, **SERVICE}
MEANINGS: Final[Mapping[str, str]] = {cause: meaning for cause, (meaning, _) in _BOTH.items()}
ADVICE: Final[Mapping[str, str]] = {cause: advice for cause, (_, advice) in _BOTH.items()}
