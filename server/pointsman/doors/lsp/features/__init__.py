"""One class a feature of the editor, each in a file of its own; the session lists them."""
