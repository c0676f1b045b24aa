"""What we ask: every kind of check, by the key it has in the configuration."""

from collections.abc import Mapping

from probe.attempt import Prober
from probe.prober.dns import Dns
from probe.prober.http import Http
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls

PROBERS: Mapping[str, type[Prober]] = {
    "dns": Dns,
    "http": Http,
    "tcp": Tcp,
    "tls": Tls,
}
