"""The command line: operations as subcommands, from one table (``commands``).

``main`` starts, ``run`` parses and says what went wrong, ``show`` is what people see, ``lanes`` is
the live view. Until a result is shown, only the standard library is imported.
"""
