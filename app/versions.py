"""What this code is called: the package's version, and the newest migration that it brings."""

from importlib.metadata import version

from app.database.versions import known_tables

VERSION = version("stagepath")
SCHEMA = known_tables()[-1]
