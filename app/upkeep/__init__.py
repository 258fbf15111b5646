"""Commands of operators beside serving: the audit log, backups, users and partners."""
