"""How long the event log and the audit log are kept: parts made ahead, closed, and dropped by age."""
