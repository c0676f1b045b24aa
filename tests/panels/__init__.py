"""Draws the dashboards through Grafana's own panel components, to be looked at (docs/dashboards.md)."""
