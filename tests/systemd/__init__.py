"""The unit under a real systemd, which `make systemd` boots in a container of its own."""
