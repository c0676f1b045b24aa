"""The live view of a running daemon: what its API says, as a screen or as lines."""
