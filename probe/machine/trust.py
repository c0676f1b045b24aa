"""Judge whether there are authorities to trust, without which no certificate can be verified."""

import ssl
import sys
from pathlib import Path

from probe.machine.ability import Ability, State, installing


def judge_trust() -> Ability:
    """Load the authorities that this Python trusts, as a probe would."""
    paths = ssl.get_default_verify_paths()
    known = ssl.create_default_context().cert_store_stats()["x509_ca"]
    if known:
        return Ability(
            id="trust",
            state=State.CAN,
            sentence=f"{known} authorities are trusted ({paths.cafile or paths.capath}).",
        )
    # Those of a folder are loaded when one is needed (SSL_CTX_load_verify_locations(3)).
    if paths.capath and any(Path(paths.capath).glob("*.0")):
        return Ability(id="trust", state=State.CAN, sentence=f"Authorities are trusted by {paths.capath}.")
    mend = installing("ca-certificates")
    if sys.platform == "darwin":
        mend = (
            f'"/Applications/Python {sys.version_info[0]}.{sys.version_info[1]}/Install Certificates.command"'
        )
    sentence = (
        f"No authority is trusted, so no certificate can be verified (looked at {paths.openssl_cafile})."
    )
    return Ability(id="trust", state=State.CANNOT, sentence=sentence, mend=mend)
