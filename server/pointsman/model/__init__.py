"""The words of Pointsman as types, and the rules between them. Pure; imports nothing of the house.

Every type is a frozen pydantic model: snake_case here, camelCase on the wire, and the same JSON in
the ledger, over every door and out of ``--json``.
"""
