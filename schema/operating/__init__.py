"""What administrators look at in the API: the audit log, its chain, and the log's consumers."""
