"""SQLite: the schema, its migrations, the one writer, and the stream of events."""

from pointsman.ledger.ledger import CutOff, Ledger, Missed
from pointsman.ledger.schema import LedgerTooNew

__all__ = ["CutOff", "Ledger", "LedgerTooNew", "Missed"]
