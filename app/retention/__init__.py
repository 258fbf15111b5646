"""Retention of the event log and the audit log: parts made ahead, closed, and dropped by age."""
