"""The version of this code: the package's, and the newest migration that it brings."""

from importlib.metadata import version

from app.database.versions import known_tables

VERSION = version("stagepath")
SCHEMA = known_tables()[-1]
