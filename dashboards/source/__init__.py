"""The Grafana dashboards as Python; `python -m dashboards.source` writes them to dashboards/*.json."""
