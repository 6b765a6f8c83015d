"""`python -m flowmap` is the same as `flowmap`."""

from flowmap.cli import main

if __name__ == "__main__":
    main()
