"""What who runs Stagepath does beside serving: the audit log, backups."""
