"""Every operation, once: its name, typed parameters, result and errors. Doors offer this table.

``seam`` is what doors see of it, ``table`` makes an operation of a function, ``app`` calls them;
the operations themselves are a file a family: ``pool``, ``attention``, ``conflicts``, ``work``,
``control``. They act through ``Inside``: facts into the ledger, and questions to the effectors.
"""
