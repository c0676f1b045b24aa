"""Write every dashboard beside this package; what is written twice is the same."""

from pathlib import Path

from dashboards.source.dashboards import DASHBOARDS
from dashboards.source.writing import as_json

FOLDER = Path(__file__).parent.parent


def main() -> None:
    """Write all of them."""
    for make in DASHBOARDS:
        dashboard = make()
        (FOLDER / f"{dashboard.uid}.json").write_text(as_json(dashboard), encoding="utf-8")


if __name__ == "__main__":
    main()
