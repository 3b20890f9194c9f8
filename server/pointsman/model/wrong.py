"""What pydantic finds wrong with somebody's data, in words for the person who wrote it."""

from pydantic_core import ErrorDetails

_WORDS = {
    "missing": "is missing",
    "string_type": "must be text, in quotes",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "tuple_type": "must be a list",
    "dict_type": "must have keys and values",
    "model_type": "must have keys and values",
    "extra_forbidden": "is no key that is known here",
}


def in_words(error: ErrorDetails) -> str:
    """``must be a list``: what is wrong with the value at ``error["loc"]``, which is not named."""
    known = _WORDS.get(error["type"])
    if known:
        return known
    words = error["msg"].removeprefix("Value error, ")
    return words.replace("Input should be", "must be", 1).replace("should", "must", 1)
