"""`hopwatch completion`: what a shell is to be told so that TAB completes commands, options and configured names."""

import click


@click.command()
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> None:
    """Print a script that makes the TAB key of a shell complete commands, options, configured names and causes.

    For bash put this into ~/.bashrc: eval "$(hopwatch completion bash)". For zsh the same with zsh into ~/.zshrc, after
    compinit. For fish: hopwatch completion fish > ~/.config/fish/completions/hopwatch.fish
    """
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click knows all three
    root = click.get_current_context().find_root().command
    click.echo(found(root, {}, "hopwatch", "_HOPWATCH_COMPLETE").source())
