"""Which hop made a response, by what its healthy answers taught us: which marks come from where; pure.

Proxies and platforms mark what they make or pass on: `Server`, `Via`, ids of their own. A mark that healthy answers from a
hop always bear and those from nearer hops never do comes from there. A response that lacks it was made before that hop; one
that bears it, there or behind. Where both bounds meet, the maker is known, whatever program it is.
"""

from probe.fingerprint.fingerprints import Fingerprints

__all__ = ["Fingerprints"]
