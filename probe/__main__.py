"""Let `python -m probe` be the same command as `hopwatch`."""

from probe.cli import main

if __name__ == "__main__":
    main()
