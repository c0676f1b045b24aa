"""The steps that probers share, each one timed phase: resolve, connect, handshake, exchange."""
