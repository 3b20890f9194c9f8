"""The LSP door: editors. The only folder that knows pygls and lsprotocol."""
