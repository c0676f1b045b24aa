"""What we ask: every kind of check, by the key it has in the configuration."""

from collections.abc import Mapping

from probe.attempt import Prober
from probe.prober.cors import Cors
from probe.prober.dns import Dns
from probe.prober.http import Http
from probe.prober.icmp import Icmp
from probe.prober.page import Page
from probe.prober.tcp import Tcp
from probe.prober.tls import Tls
from probe.prober.trace import Trace

PROBERS: Mapping[str, type[Prober]] = {
    "cors": Cors,
    "dns": Dns,
    "http": Http,
    "icmp": Icmp,
    "page": Page,
    "tcp": Tcp,
    "tls": Tls,
    "trace": Trace,
}
