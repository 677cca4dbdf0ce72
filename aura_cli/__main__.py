"""``aura``, also as ``python -m aura_cli``."""

import sys


def main() -> None:
    """Run the command line. Ctrl-C ends it without a traceback also while the modules of Aura are being loaded."""
    try:
        from aura_cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)  # as shells report a process that SIGINT ended


if __name__ == "__main__":
    main()
