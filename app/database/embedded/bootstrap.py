"""A new, empty database cluster, made by `postgres` alone.

`initdb` is not used: it hands its own path to a shell, refuses a user id without a name, and takes locales from the
environment. The steps are its own, in its order: `src/bin/initdb/initdb.c` of PostgreSQL 18.
"""

import os
import re
import shutil
from pathlib import Path

from app.database.embedded.faults import Unstartable, shown
from app.database.embedded.owner import Owner
from app.database.embedded.programs import postgres, run

VERSION_FILE = "PG_VERSION"

_FOLDERS = (
    *("global", "pg_wal", "pg_wal/archive_status", "pg_wal/summaries", "pg_commit_ts", "pg_dynshmem", "pg_notify"),
    *("pg_serial", "pg_snapshots", "pg_subtrans", "pg_twophase", "pg_multixact", "pg_multixact/members"),
    *("pg_multixact/offsets", "base", "base/1", "pg_replslot", "pg_tblspc", "pg_stat", "pg_stat_tmp", "pg_xact"),
    *("pg_logical", "pg_logical/snapshots", "pg_logical/mappings"),
)

_FILES = {
    "postgresql.conf": """\
max_connections = 200
shared_buffers = 128MB
max_wal_size = 1GB
min_wal_size = 80MB
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
default_text_search_config = 'pg_catalog.english'
""",
    "postgresql.auto.conf": "# ALTER SYSTEM writes here.\n",
    "pg_hba.conf": "local all all trust\nlocal replication all trust\n",
    "pg_ident.conf": "",
}

# UTF-8, and rules for letters that PostgreSQL brings itself: a locale of the system may be missing tomorrow.
_TOKENS = {
    "NAMEDATALEN": "64",
    "SIZEOF_POINTER": "8",
    "ALIGNOF_POINTER": "d",
    "FLOAT8PASSBYVAL": "true",
    "POSTGRES": "'postgres'",
    "ENCODING": "6",
    "LOCALE_PROVIDER": "b",
    "LC_COLLATE": "'C'",
    "LC_CTYPE": "'C'",
    "DATLOCALE": "'C.UTF-8'",
    "ICU_RULES": "_null_",
}
_TOKEN = re.compile(rf"\b({'|'.join(_TOKENS)})\b")

_DESCRIPTIONS = """
WITH described AS (SELECT p.oid AS p_oid, o.oid AS o_oid, oprname FROM pg_proc p JOIN pg_operator o ON oprcode = p.oid)
INSERT INTO pg_description
SELECT p_oid, 'pg_proc'::regclass, 0, 'implementation of ' || oprname || ' operator' FROM described
WHERE NOT EXISTS (SELECT FROM pg_description WHERE objoid = p_oid AND classoid = 'pg_proc'::regclass)
AND NOT EXISTS (SELECT FROM pg_description WHERE objoid = o_oid AND classoid = 'pg_operator'::regclass
                AND description LIKE 'deprecated%')"""

_COLLATIONS = (
    "UPDATE pg_collation SET collversion = pg_collation_actual_version(oid) WHERE collname = 'unicode'",
    "SELECT pg_import_system_collations('pg_catalog')",
)

_ACLS = {
    "pg_proc": "proacl",
    "pg_type": "typacl",
    "pg_language": "lanacl",
    "pg_largeobject_metadata": "lomacl",
    "pg_namespace": "nspacl",
    "pg_foreign_data_wrapper": "fdwacl",
    "pg_foreign_server": "srvacl",
}
_PRIVILEGES = (
    """UPDATE pg_class SET relacl = (
      SELECT array_agg(a.acl) FROM (
        SELECT E'=r/"postgres"' AS acl
        UNION SELECT unnest(pg_catalog.acldefault(CASE WHEN relkind = 'S' THEN 's' ELSE 'r' END::"char", 10::oid))
      ) AS a)
    WHERE relkind IN ('r', 'v', 'm', 'S') AND relacl IS NULL""",
    "GRANT USAGE ON SCHEMA pg_catalog, public TO PUBLIC",
    "REVOKE ALL ON pg_largeobject FROM PUBLIC",
    """INSERT INTO pg_init_privs (objoid, classoid, objsubid, initprivs, privtype)
    SELECT oid, 'pg_class'::regclass, 0, relacl, 'i' FROM pg_class
    WHERE relacl IS NOT NULL AND relkind IN ('r', 'v', 'm', 'S')""",
    """INSERT INTO pg_init_privs (objoid, classoid, objsubid, initprivs, privtype)
    SELECT c.oid, 'pg_class'::regclass, a.attnum, a.attacl, 'i'
    FROM pg_class c JOIN pg_attribute a ON c.oid = a.attrelid
    WHERE a.attacl IS NOT NULL AND c.relkind IN ('r', 'v', 'm', 'S')""",
    *(
        f"""INSERT INTO pg_init_privs (objoid, classoid, objsubid, initprivs, privtype)
        SELECT oid, '{table}'::regclass, 0, {column}, 'i' FROM {table} WHERE {column} IS NOT NULL"""  # noqa: S608
        for table, column in _ACLS.items()
    ),
)

_VERSION = """
UPDATE information_schema.sql_implementation_info SET character_value =
  (SELECT to_char(n / 10000, 'FM00') || '.' || to_char(n % 10000, 'FM00') || '.0000'
   FROM (SELECT current_setting('server_version_num')::int AS n))
WHERE implementation_info_name = 'DBMS VERSION'"""

_DATABASES = (
    "CREATE EXTENSION plpgsql",
    "ANALYZE",
    "VACUUM FREEZE",
    "CREATE DATABASE template0 IS_TEMPLATE = true ALLOW_CONNECTIONS = false OID = 4 STRATEGY = file_copy",
    "UPDATE pg_database SET datcollversion = NULL WHERE datname = 'template0'",
    "UPDATE pg_database SET datcollversion = pg_database_collation_actual_version(oid) WHERE datname = 'template1'",
    "REVOKE CREATE, TEMPORARY ON DATABASE template1 FROM public",
    "REVOKE CREATE, TEMPORARY ON DATABASE template0 FROM public",
    "COMMENT ON DATABASE template0 IS 'unmodifiable empty database'",
    "VACUUM pg_database",
    "CREATE DATABASE postgres OID = 5 STRATEGY = file_copy",
    "COMMENT ON DATABASE postgres IS 'default administrative connection database'",
)


def bootstrap(files: Path, installation: Path, owner: Owner) -> None:
    """Make `files`, which is not there or empty, whole or not at all. Raises `Unstartable` and `OSError`."""
    for half_made in files.parent.glob(f"{files.name}.new-*"):
        shutil.rmtree(half_made)
    made = files.with_name(f"{files.name}.new-{os.getpid()}")
    try:
        _make(made, installation / "share", postgres(installation), owner)
        _sync(made)
        made.rename(files)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _make(made: Path, share: Path, program: Path, owner: Owner) -> None:
    catalog = (share / "postgres.bki").read_text(encoding="utf-8")
    version = catalog.splitlines()[0].rpartition(" ")[2]
    texts = _FILES | {VERSION_FILE: f"{version}\n", f"base/1/{VERSION_FILE}": f"{version}\n"}
    made.mkdir(mode=0o700)
    for folder in _FOLDERS:
        (made / folder).mkdir(mode=0o700)
    for name, text in texts.items():
        (made / name).write_text(text, encoding="utf-8")
        (made / name).chmod(0o600)
    owner.take_all(made)
    quick = ("-F", "-c", "log_checkpoints=false", "-c", "dynamic_shared_memory_type=mmap")
    boot = ("--boot", "-D", str(made), *quick, "-X", "16777216", "-k")
    single = ("--single", "-D", str(made), *quick, "-O", "-j", "-c", "search_path=pg_catalog")
    run(program, *boot, owner=owner, given=_TOKEN.sub(lambda token: _TOKENS[token[0]], catalog))
    run(program, *single, "-c", "exit_on_error=true", "template1", owner=owner, given=_statements(share))


def _statements(share: Path) -> str:
    """Each ends with an empty line, as `-j` wants it."""

    def script(name: str) -> str:
        return (share / name).read_text(encoding="utf-8") + "\n\n"

    def statements(*texts: str) -> str:
        return "".join(f"{text};\n\n" for text in texts)

    return "".join(
        (
            statements("REVOKE ALL ON pg_authid FROM public"),
            *map(script, ("system_constraints.sql", "system_functions.sql")),
            statements("SELECT pg_stop_making_pinned_objects()"),
            script("system_views.sql"),
            statements(_DESCRIPTIONS, *_COLLATIONS),
            script("snowball_create.sql"),
            statements(*_PRIVILEGES),
            script("information_schema.sql"),
            statements(_VERSION, _features(share), *_DATABASES),
        )
    )


def _features(share: Path) -> str:
    """What `COPY` would read from a file whose path it would have to be told."""
    lines = (share / "sql_features.txt").read_text(encoding="utf-8").splitlines()
    rows = (
        "(" + ", ".join(f"'{field.replace(chr(39), chr(39) * 2)}'" for field in line.split("\t")) + ")"
        for line in lines
    )
    return f"""INSERT INTO information_schema.sql_features
    (feature_id, feature_name, sub_feature_id, sub_feature_name, is_supported, comments) VALUES {", ".join(rows)}"""  # noqa: S608


def _sync(top: Path) -> None:
    """As durable as what is written later: the machine may lose its power right after."""
    for folder, _, names in os.walk(top, topdown=False):
        for path in (*(Path(folder, name) for name in names), Path(folder)):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def check_version(files: Path, installation: Path) -> None:
    """Raises `Unstartable` for files of another major version."""
    theirs = (files / VERSION_FILE).read_text(encoding="utf-8").strip()
    with (installation / "share" / "postgres.bki").open(encoding="utf-8") as catalog:
        ours = catalog.readline().strip().rpartition(" ")[2]
    if theirs != ours:
        raise Unstartable(
            f"{shown(files)} was made by PostgreSQL {theirs}, and this is {ours}; let the Stagepath that made it write "
            "a backup, and restore that into another STAGEPATH_STATE_DIR."
        )
