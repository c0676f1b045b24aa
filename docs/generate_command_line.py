"""Write docs/command-line.md from the commands themselves; a test keeps the two equal, and runs every example."""

import inspect
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from probe.cli import COMMANDS, main

_HEAD = """\
# The command line

<!-- Written by docs/generate_command_line.py from probe/cli; do not edit. -->

```sh
hopwatch --help
hopwatch --version
```

- **Data goes to standard output, everything else to standard error**, so that a pipe gets data alone. What reads `--json` finds a
  `version` in it, which counts up when a field goes or changes its meaning.
- **A terminal gets colour, boxes and progress; a pipe gets plain lines**, one for each row, however long. `--no-color`, `NO_COLOR` in
  the environment and `TERM=dumb` take the colour; no colour is ever the only signal. Work that is bounded and takes longer than a second
  shows how far it is, on standard error, when that is a terminal.
- **Nobody is asked whom you did not name**: the hops and resolvers of the command line and of the configuration, and no others.
- **A command, option, hop, vantage or cause that is nearly right** is answered with the one that was probably meant.
- **The configuration** is `--config.file`, else `HOPWATCH_CONFIG_FILE`, else the first of `./hopwatch.yml`, `./config/hopwatch.yml` and
  `/etc/hopwatch/hopwatch.yml`. The names in the examples (`hk-vps`, `wifi`, ...) are those of `config/lab.yml`.

## Exit codes

| Code | Means |
| --- | --- |
| 0 | all is well |
| 1 | what was asked for fails: a check, a handshake, a name, a path, a need of this machine |
| 2 | wrong use: an option, a name or an address that cannot be |
| 3 | could not be measured: this machine's own network or rights, a store that cannot be read |
| 78 | the configuration, or the web configuration, has mistakes; each is printed with its line |
| 130 | ended by Ctrl-C, where that leaves something undone |

`hopwatch check --nagios` has the codes of plugins instead: 0 ok, 1 something was found although all answers, 2 something
fails, 3 unknown, also for a wrong configuration.

## TAB

`hopwatch completion` makes the TAB key complete commands, options, names of the configuration, and causes. For bash:

```sh
eval "$(hopwatch completion bash)"
```
"""

# Each with the codes that it may leave with where all is well; what runs until it is ended stands apart.
EXAMPLES: Mapping[str, Mapping[str, tuple[int, ...]]] = {
    "causes": {
        "hopwatch causes": (0,),
        "hopwatch causes tls.cert.expired": (0,),
        "hopwatch causes dns --json": (0,),
    },
    "check": {
        "hopwatch check": (0,),
        "hopwatch check chat --vantage wifi": (0,),
        "hopwatch check hk-vps --no-controls --json": (0,),
        "hopwatch check alive --nagios": (0,),
    },
    "completion": {"hopwatch completion zsh": (0,)},
    "config": {
        "hopwatch config check": (0,),
        "hopwatch config show": (0,),
        "hopwatch config schema": (0,),
        "hopwatch config example": (0,),
    },
    "dns": {
        "hopwatch dns hk-vps": (0,),
        "hopwatch dns hk-vps --all-vantages --type A --json": (0,),
    },
    "doctor": {"hopwatch doctor": (0, 1), "hopwatch doctor --json": (0, 1)},
    "export": {
        "hopwatch export --since 1h": (0,),
        "hopwatch export --since 7d --format openmetrics": (0,),
    },
    "healthcheck": {"hopwatch healthcheck": (0,)},
    "init": {"hopwatch init https://hk.example.net https://api.example.net --no-look --output -": (0,)},
    "lab": {
        "hopwatch lab faults": (0,),
        "hopwatch lab break hk-vps.cert-expired --vantage wifi --for 60s": (0,),
        "hopwatch lab mend": (0,),
    },
    # The shipped configurations tell nobody: then that is said, and exit is with 2.
    "notify": {"hopwatch notify test": (0, 2)},
    "run": {},
    "tls": {
        "hopwatch tls hk-vps": (0,),
        "hopwatch tls hk-vps --all-vantages --json": (0,),
        "hopwatch tls hk-vps --alpn http/1.1": (0,),
    },
    "trace": {
        "hopwatch trace hk-vps --rounds 2": (0,),
        "hopwatch trace hk-vps --protocol udp --json": (0,),
    },
    "watch": {},
}
ENDLESS: Mapping[str, str] = {"run": "hopwatch run", "watch": "hopwatch watch"}

_MORE: Mapping[str, str] = {
    "check": """\
`--nagios` prints one line, `HOPWATCH CRITICAL - ...`, with figures behind a bar: how many checks are `ok`, `failed` and
`not_measured`, and the seconds of each check that answers. Failures that the vantage's own network explains are unknown and not critical.""",
    "dns": """\
Each message that came is a line: its code, flags, records, least TTL, the milliseconds until it was there, and the errors that a
resolver tells besides (EDE, RFC 8914). For 0.3 seconds after an answer by UDP it is listened for another one, because
a forged answer comes first. Said to be odd are addresses that a local proxy made up (fake-IP), addresses of networks in
which nobody is reached (not for names of your own, such as those under `.test`), several different answers to one question,
messages that answer none, and resolvers that disagree. What is odd changes no exit code. From a vantage behind a proxy nobody is
asked past it: only resolvers that are asked by a connection, and its own only when the proxy does not resolve names itself.""",
    "tls": """\
A time says whose clock ended it: the kernel's, or ours. Our own cryptography is in no phase. A certificate that cannot be
verified is shown all the same, with the cause and what to do.""",
    "trace": """\
Each round asks each distance once. What is lost at one distance counts only when it is lost behind it too: routers forward first
and answer when they like, so `limits its answers` and `silent` are no loss. By `udp` the largest packet is found as well. Ctrl-C
ends it and prints what there is. From a vantage behind a proxy there is no trace: a proxy carries connections only.""",
    "watch": """\
`q` or Ctrl-C ends it. It asks the daemon's own API (`/api/v1/events` and `/api/v1/state`) and nobody else. Where the daemon has
users, give `--user` and keep the password in a file or in `HOPWATCH_WEB_PASSWORD`. In a pipe the current sentence comes first and
then a line for each change, in UTC.""",
    "export": "It works while the daemon runs and when it does not.",
}


def render() -> str:
    """Return the whole document."""
    return "\n".join((_HEAD, *(_command(name) for name in COMMANDS)))


def _command(name: str) -> str:
    context = click.Context(main, info_name="hopwatch")
    command = main.get_command(context, name)
    if command is None:
        raise KeyError(name)
    parts = [f"## hopwatch {name}\n", *_told(command)]
    if isinstance(command, click.Group):
        for word, each in command.commands.items():
            parts += [f"### hopwatch {name} {word}\n", *_told(each), *_usage(f"hopwatch {name} {word}", each)]
    else:
        parts += _usage(f"hopwatch {name}", command)
    if name in _MORE:
        parts.append(_MORE[name] + "\n")
    lines = list(EXAMPLES[name]) or [ENDLESS[name]]
    parts.append("```sh\n" + "\n".join(lines) + "\n```\n")
    return "\n".join(parts)


def _told(command: click.Command) -> Iterator[str]:
    # As click shows it: \\b and \\f are marks for its own layout.
    text = inspect.cleandoc(command.help or "").replace("\b", "").partition("\f")[0]
    yield "\n\n".join(textwrap.fill(one, 130) for one in text.split("\n\n")) + "\n"


def _usage(path: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    yield f"`{path} {' '.join(command.collect_usage_pieces(context))}`\n"
    options = [
        one for one in command.params if isinstance(one, click.Option) and "--no-color" not in one.opts
    ]
    if options:
        rows = "\n".join(_row(one, context) for one in options)
        yield f"| Option | What it does |\n| --- | --- |\n{rows}\n"


def _row(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    if record is None:
        raise ValueError(f"{option.name} is hidden")
    name, told = (text.replace("|", "\\|") for text in record)
    return f"| `{name}` | {told} |"


if __name__ == "__main__":
    Path(__file__).with_name("command-line.md").write_text(render(), encoding="utf-8")
