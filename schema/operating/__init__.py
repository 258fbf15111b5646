"""The API's operations for administrators: the audit log, its chain, and the log's consumers."""
