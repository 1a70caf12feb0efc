"""The loopback server for all tests of the catalogue."""

from tests.catalogue.loopback import closed_port, site

__all__ = ["closed_port", "site"]
