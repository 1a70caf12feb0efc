"""What firth knows by name: vectors, benchmarks, and the figures that others have published."""

from firth.catalogue.fetch import find, get, local_path
from firth.catalogue.opening import open_named
from firth.catalogue.vectors import Entry, entries, near_names, resolve

__all__ = ["Entry", "entries", "find", "get", "local_path", "near_names", "open_named", "resolve"]
