"""The systems that are measured beside Stagepath."""
