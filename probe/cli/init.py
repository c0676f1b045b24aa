"""`hopwatch init`: look at the hops that a user names, and write a commented configuration for them."""

from pathlib import Path

import click


@click.command()
@click.argument("hops", nargs=-1, metavar="[[NAME=]URL]...")
@click.option("--page", "page_url", metavar="[NAME=]URL", help="The page that users load.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("hopwatch.yml"),
    show_default=True,
    help="The file to write; - prints it.",
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option(
    "--anchor",
    "anchors",
    multiple=True,
    metavar="domestic|abroad=URL",
    help="A neutral place to compare with instead of the usual two; may be repeated.",
)
@click.option("--no-look", is_flag=True, help="Ask the hops nothing; propose what can be said without.")
def init(
    *,
    hops: tuple[str, ...],
    page_url: str | None,
    output: Path,
    force: bool,
    anchors: tuple[str, ...],
    no_look: bool,
) -> None:
    """Write a configuration for the hops at these addresses, nearest first; without any, ask for them.

    Each hop is asked a handful of times what it answers, with a second between two questions to one host, and nothing
    else is: no host that is not named here. The path of an address is one that the hop passes on to the API.
    """
    from probe.cli.proposing import propose

    propose(hops=hops, page_url=page_url, output=output, force=force, anchors=anchors, no_look=no_look)
