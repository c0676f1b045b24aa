"""Scenarios, one YAML file each, and the program that runs the daemon through them and scores what it says."""
