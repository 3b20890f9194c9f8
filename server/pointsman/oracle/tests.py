"""Which files hold tests."""

import re
from functools import lru_cache

_TESTS = re.compile(
    r"(?:.*/)?(?:tests?|__tests__|specs?|testing)/.*"
    r"|(?:.*/)?(?:test_[^/]*|conftest)\.[^/]*"
    r"|.*[._](?:test|spec)\.[^/.]+"
    r"|(?:.*/)?[^/]*Tests?\.java"
)


@lru_cache(maxsize=16_384)
def is_test(path: str) -> bool:
    """Whether a file holds tests, going by its name: what relies on other code in it breaks
    nothing but itself."""
    return _TESTS.fullmatch(path) is not None
