"""Causes: their names, the table that gives errors a name, and who made a response; pure."""
