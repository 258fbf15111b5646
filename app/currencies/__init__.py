"""Exchange rates: read from the central bank's files, and sums of several currencies in one."""
