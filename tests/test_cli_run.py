"""`hopwatch run` that cannot begin: one sentence, and nothing that reads as if it had run."""

import asyncio
import socket

from tests.daemon_process import command

CONFIG = 'version: 1\nhops: {api: {url: "http://127.0.0.1:1"}}\nroutes: {chat: {hops: [api], checks: {tcp: {tcp: {}}}}}\n'


async def test_a_taken_port_is_one_sentence_with_the_way_out(tmp_path):
    (tmp_path / "hopwatch.yml").write_text(CONFIG)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        process = await asyncio.create_subprocess_exec(
            *command(tmp_path / "hopwatch.yml", tmp_path / "data", address),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, err = await process.communicate()

    assert (process.returncode, err.decode()) == (
        3,
        f"cannot listen on {address}: another program listens there already; --web.listen-address names another place\n",
    )
