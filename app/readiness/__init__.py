"""Whether this process should be sent requests, and what its operator ought to know."""
