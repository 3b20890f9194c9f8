"""The process: its lock and sockets, and the wiring of the effectors to the ledger."""
