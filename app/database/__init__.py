"""Connections, transactions and the embedded server."""

from app.database.connection import Database, Transaction, database, joined, joined_transaction, transaction, use

__all__ = ["Database", "Transaction", "database", "joined", "joined_transaction", "transaction", "use"]
