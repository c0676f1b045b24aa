"""The Grafana dashboards: what Grafana reads, and the source that it is written by."""
