"""config/relay/README.md: its commands run word for word on a machine made for them, and its tables are what is tested."""

import json
import os
import re
import subprocess

import pytest

from tests import rig_certificates as certificates
from tests.need import need_namespaces, need_program
from tests.rig_nginx import nginx
from tests.rig_relay import ROOT, ask
from tests.rig_servers import answering, hold, tcp_server

README = (ROOT / "README.md").read_text()
# Debian's nginx in a mount and network namespace of its own, with the README's names, certificate and file places.
MACHINE = """
set -eu
mount --bind "$MADE/etc" /etc
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/log/nginx
ip link set lo up
nginx
trap 'nginx -s stop' EXIT
cd "$CHECKOUT"
export PATH="$MADE/bin:$PATH"
bash -euo pipefail "$MADE/commands"
"""
# What `systemctl reload nginx` does, and waits for: nginx itself changes over a moment later.
SYSTEMCTL = """#!/bin/sh
[ "$*" = "reload nginx" ] || exit 1
nginx -s stop
while [ -e /run/nginx.pid ]; do sleep 0.01; done
exec nginx
"""


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def machine(tmp_path):
    need_namespaces()
    for program in ("nginx", "node", "curl", "openssl"):
        need_program(program)
    subprocess.run(["cp", "-a", "/etc", tmp_path / "etc"], check=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "systemctl").write_text(SYSTEMCTL)
    (tmp_path / "bin" / "systemctl").chmod(0o755)
    (tmp_path / "etc" / "hosts").write_text("127.0.0.1 localhost relay.example.com\n")
    place = tmp_path / "etc" / "letsencrypt" / "live" / "relay.example.com"
    place.mkdir(parents=True)
    leaf = certificates.authority().issue_cert("relay.example.com")
    (place / "fullchain.pem").write_bytes(b"".join(pem.bytes() for pem in leaf.cert_chain_pems))
    (place / "privkey.pem").write_bytes(leaf.private_key_pem.bytes())
    trusted = tmp_path / "etc" / "ssl" / "certs" / "ca-certificates.crt"
    trusted.write_bytes(certificates.authority().cert_pem.bytes())
    return tmp_path


def test_every_command_of_the_readme_runs(machine) -> None:
    commands = "\n".join(blocks("sh"))
    (machine / "commands").write_text(commands)
    run = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-c", MACHINE],
        env={**os.environ, "MADE": str(machine), "CHECKOUT": str(ROOT.parent.parent)},
        capture_output=True,
        text=True,
        timeout=50,
    )

    assert run.returncode == 0, run.stderr
    assert "http_secure_link_module" in run.stdout
    assert '{"ok":true,"made_by":"relay","hop":"relay"}' in run.stdout
    # Nobody resolves names on that machine; that the relay says so, and how long it took, is what a token opens.
    assert "proxy-status: relay; error=dns_error" in run.stdout
    assert re.search(r"server-timing: relay\.total;dur=3[0-9]{3}\b", run.stdout)
    assert '"made_by":"function"' in run.stdout
    assert [line for line in run.stderr.splitlines() if "[warn]" in line or "[emerg]" in line] == []


def test_the_six_lines_are_the_file() -> None:
    (block,) = blocks("nginx")

    assert block == (ROOT / "nginx" / "six-lines.conf").read_text()
    assert len(block.splitlines()) == 6


def test_six_lines_tell_the_relays_errors_from_the_upstreams(tmp_path) -> None:
    six = (ROOT / "nginx" / "six-lines.conf").read_text()
    silent = answering(then=hold)
    with (
        tcp_server(answering(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")) as upstream,
        tcp_server(silent) as slow,
        nginx(
            tmp_path,
            f"""{six}
            location / {{ proxy_pass http://127.0.0.1:{upstream.port}; }}
            location /refused {{ proxy_pass http://127.0.0.1:1; }}
            location /slow {{ proxy_pass http://127.0.0.1:{slow.port}; proxy_read_timeout 200ms; }}
            """,
        ) as running,
    ):
        own, passed, refused, late = (
            ask(running.plain, path) for path in ("/hopwatch/self", "/", "/refused", "/slow")
        )

    assert (own.status, own.body, own.error()) == (200, b"relay\n", "proxy_internal_response")
    assert (passed.status, passed.all("proxy-status")) == (502, [])
    assert (refused.status, late.status) == (502, 504)
    assert refused.all("proxy-status") == ['relay; error=destination_unavailable; details="- -"']
    (told,) = late.all("proxy-status")
    assert re.fullmatch(r'relay; error=http_response_timeout; details="0\.[0-9]{3} -"', told)


def test_no_string_of_the_maps_can_change_while_it_is_written() -> None:
    text = (ROOT / "nginx" / "hopwatch-http.conf").read_text()
    groups = re.findall(r"\((\?<(\w+)>|\?:|)", "".join(re.findall(r'"~[^"]*"', text)))
    names = [name for _, name in groups if name]

    assert "" not in [opened for opened, _ in groups]
    assert sorted(names) == sorted(set(names))
    assert "volatile" not in text


def test_the_project_for_vercel_leads_every_path_to_the_function() -> None:
    project = json.loads((ROOT / "function" / "vercel.json").read_text())

    assert project["rewrites"] == [{"source": "/api/(.*)", "destination": "/api/relay"}]
    assert [(ROOT / "function" / name).exists() for name in project["functions"]] == [True]
