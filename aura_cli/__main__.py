"""``python -m aura_cli`` is ``aura``."""

from aura_cli.main import main

if __name__ == "__main__":
    main()
