#!/bin/sh
# Puts known faults into a copy of the tree and expects the tests to fail; see tests/sabotage.py.
cd "$(dirname "$0")/.." && exec "${PYTHON:-.venv/bin/python}" -m tests.sabotage "$@"
