"""A program that may open no more files says that it is that, and writes down what it saw all the same."""

import subprocess
import sys
from pathlib import Path

NO_MORE = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (0, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))"


def run(program: str, *arguments: str) -> str:
    """Run a program to its end and return the last line of what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=50
    )
    assert not done.returncode, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_resolvers_that_cannot_be_read_for_want_of_files_are_not_said_to_be_missing():
    program = f"""
from probe.resolver import system_resolvers
before = system_resolvers()
{NO_MORE}
try:
    print("no error", system_resolvers())
except OSError as error:
    print(error.errno)
"""
    assert run(program) == "24"


def test_the_store_goes_on_without_opening_a_file(tmp_path: Path):
    program = f"""
import asyncio, sys
from pathlib import Path
from probe.store.reading import read
from tests.store_records import bulky, finding, opened

async def main():
    store = await opened(Path(sys.argv[1]))
    store.write(bulky(store.next_identity()))
    await store.flush()
    {NO_MORE}
    first = store.next_identity()
    for _ in range(300):
        store.write(bulky(store.next_identity()))
        store.write(finding(store.next_identity().seq, parents=(first,)))
    print(await store.flush(), store.stats().is_stuck)

asyncio.run(main())
"""
    assert run(program, str(tmp_path)) == "True False"
