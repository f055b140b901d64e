"""`python -m dexter`."""

import sys

from dexter.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
