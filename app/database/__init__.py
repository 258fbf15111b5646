"""Connections, transactions and the embedded server."""

from app.database.connection import Database, Transaction, database, joined, transaction, use

__all__ = ["Database", "Transaction", "database", "joined", "transaction", "use"]
