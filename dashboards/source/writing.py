"""Number a dashboard's panels and write it as the JSON that Grafana reads."""

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard


def as_json(dashboard: Dashboard) -> str:
    """Return the file's text; panels are numbered in their order, so that a link to one lasts as long as that."""
    for number, panel in enumerate(dashboard.panels or (), start=1):
        panel.id_val = number
    return JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(dashboard) + "\n"
