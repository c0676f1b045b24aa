"""Write every generated page anew: `make docs`; tests fail while one of them is out of date."""

import re
import runpy
from pathlib import Path

from probe.lab.fault import markdown_table

HERE = Path(__file__).parent


def lab_table(guide: str) -> str:
    """Return docs/lab.md with the table of faults as the registry has it."""
    table = markdown_table()
    head = re.escape(table.splitlines()[0])
    return re.sub(head + r"\n(\|.*\n)+", lambda _: table.rstrip("\n") + "\n", guide)


def main() -> None:
    """Run every generator beside this file, and renew the one table inside a written page."""
    for script in sorted(HERE.glob("generate_*.py")):
        runpy.run_path(str(script), run_name="__main__")
    guide = HERE / "lab.md"
    guide.write_text(lab_table(guide.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
