"""Lets ``python -m firth`` be the command line."""

from firth.cli import main

main()
