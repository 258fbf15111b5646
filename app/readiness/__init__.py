"""Readiness of this process for requests, and the reasons against it for its operator."""
