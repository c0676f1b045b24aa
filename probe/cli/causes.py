"""`hopwatch causes`: what every cause means, what to do about it, and which rules find it."""

import click

from probe.cli.names import causes as complete_causes


@click.command()
@click.argument("cause_id", metavar="[ID]", required=False, shell_complete=complete_causes)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def causes(cause_id: str | None, *, as_json: bool) -> None:
    """List the causes, or say what one means, what to do about it, and which rules find it.

    ID is a cause, or the beginning of one such as tls or tls.cert, which is shown with all that is below it. Exits with 2
    when there is no such cause.
    """
    from probe.cli.taxonomy import show

    show(cause_id, as_json=as_json)
