"""What masked code names and imports: read off by patterns.

References are texts as ``symbols.Reference`` reads them. ``names`` takes all that look like one;
``references``, of code in normal form, knows calls, and leaves out what the code itself binds.
"""

import re
from collections.abc import Iterable, Iterator

_NAME = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*+"
_CHAINS = re.compile(rb"[\w.\x80-\xff]+")
_FLAT = rb"[^()\[\]{}]++"
_NESTED = rb"[(\[{](?:%b)*+[)\]}]" % _FLAT
for _ in range(2):
    _NESTED = rb"[(\[{](?:%b|%b)*+[)\]}]" % (_FLAT, _NESTED)
_USED = re.compile(rb"[(,][\w\x80-\xff]++=(?!=)|([\w.\x80-\xff]++)")
"""Names, without those of arguments that are given by name."""
_CALLS = re.compile(rb"([\w.\x80-\xff]++)\((?=((?:%b|%b)*+)(\)?))" % (_FLAT, _NESTED))
"""What is called, and its arguments, where they don't nest too deep to be looked through."""
_INNER = re.compile(rb"\([^()\[\]{}]*+\)|\[[^()\[\]{}]*+\]|\{[^()\[\]{}]*+\}")
_ATTRIBUTES = rb"[\w\x80-\xff.,*\x02]++|\[[^\[\]\n]*+\]"
_TUPLE = rb"\([\w\x80-\xff,*]*+\)"
for _ in range(2):
    _TUPLE = rb"\((?:[\w\x80-\xff,*]++|%b)*+\)" % _TUPLE
_BOUND = re.compile(
    rb"[\n\x04:](?!(?:else|try|except|finally):)"
    rb"(?:((?:%b)++):[^\n=:]*+=(?!=)|((?:(?:%b|%b)++=(?!=))++))"
    % (_ATTRIBUTES, _ATTRIBUTES, _TUPLE)
)
"""One target with its annotation, or all that something is assigned to."""
_TRAILER = re.compile(rb"(?<=[\w\x80-\xff\])])(?:\[[^\[\]]*+\]|\([^()]*+\))")
_TARGET = re.compile(rb"(?<![\w\x80-\xff.])%b(?![\w\x80-\xff.])" % _NAME)
_IMPORTING = re.compile(rb"(?:^|(?<=[\n\x04:]))(?:import\x01|from[\x01.])[^\n\x04]*+")
_LOOPED = re.compile(rb"for\x01?([\w\x80-\xff,()\[\]*]+?)(?:\x01|(?<=[)\]]))in(?![\w\x80-\xff])")
_CALLED_AS = re.compile(
    rb"(?<![\w\x80-\xff])as(?:\x01(?=[\w\x80-\xff])|(?=\())(%b|\([\w\x80-\xff,()*]++)" % _NAME
)
_WALRUS = re.compile(rb"(%b):=" % _NAME)
_LAMBDA = re.compile(rb"(?<![\w\x80-\xff.])lambda\x01?([\w\x80-\xff*/][^:\n]*+):")
_DECLARED = re.compile(rb"[\n\x04:](?:global|nonlocal)\x01([\w\x80-\xff,]++)")
_HEAD = rb"(?![\w\x80-\xff=,.:])(?:[^()\[\]{}:\n\x04]|%b)++" % _NESTED
"""What stands between a keyword that is one only there and its colon."""
_MATCHING = re.compile(
    rb"(?:^|(?<=[\n\x04:]))"
    rb"(?:match(?=%b:case(?![\w\x80-\xff]))|case(?=%b:))\x01?" % (_HEAD, _HEAD)
)
_CASE = re.compile(rb"[\n\x04:]case(%b):" % _HEAD)
_GUARD = re.compile(rb"(?<![\w\x80-\xff])if(?![\w\x80-\xff])")
_CAPTURED = re.compile(rb"(?<![\w\x80-\xff.])%b(?![.(=])" % _NAME)
_WORD = re.compile(_NAME)
_DEFINES = re.compile(rb"(?:^|\n)(?:(?:async\x01?)?def|class)(?=[(\[:])")
_PARAMETER = re.compile(rb"(?:^|,)\*{0,2}(%b)" % _NAME)
_IMPORT = re.compile(
    rb"import[ \t]++(?P<modules>[^\n;]++)"
    rb"|from(?P<source>[.\w\x80-\xff \t]+?)[ \t]*+(?<![\w\x80-\xff])"
    rb"import(?P<names>[ \t]*+\([^()]*+\)|[ \t]*+\*|[ \t][^\n;]++)"
)
_MAYBE_IMPORT = re.compile(rb"import(?=[ \t(*])")
_BEFORE_IMPORT = re.compile(rb"(?:.*[;:])?[ \t]*", re.DOTALL)
_RECEIVERS = frozenset({b"self", b"cls"})
_KEYWORDS = frozenset(
    b"False None True and as assert async await break class continue def del elif else except "
    b"finally for from global if import in is lambda nonlocal not or pass raise return try while "
    b"with yield self cls super".split()
)


def names(code: bytes) -> str:
    """Everything in masked code that looks like a name or a chain of names, each once."""
    found = set(_CHAINS.findall(code)) - _KEYWORDS
    return b" ".join(sorted([n for n in found if n[0] > 57 or n[0] == 46])).decode(
        "utf-8", "replace"
    )


def references(code: bytes, bound: frozenset[bytes]) -> set[bytes]:
    """The names in code in normal form, calls as ``name(`` and the number of their arguments.

    What hangs on a name in ``bound``, or on no name at all, keeps its attributes only. Imports are
    told apart (``imports``).
    """
    if b"import" in code:
        code = _IMPORTING.sub(b"", code)
    if b"case" in code:
        code = _MATCHING.sub(b"", code)
    found = set()
    for chain in set(_USED.findall(code)) - {b""}:
        first, dot, rest = chain.partition(b".")
        if first not in bound and chain[0] > 57:
            if first not in _KEYWORDS or dot:
                found.add(chain)
        elif dot and rest and not rest[0] < 58:
            found.add(b"." + rest)
    for chain, inside, closed in set(_CALLS.findall(code)):
        first, dot, rest = chain.partition(b".")
        if first in bound or chain[0] <= 57:
            if not rest or rest[0] < 58:
                continue
            name = b"." + rest
        elif first in _KEYWORDS and not dot:
            continue
        else:
            name = chain
        found.discard(name)
        found.add(b"%b(%b" % (name, _count(inside) if closed else b"*"))
    return found


def bound_names(code: bytes) -> frozenset[bytes]:
    """The names that the statements of a function (in normal form) bind."""
    if b"import" in code:
        code = _IMPORTING.sub(b"", code)
    found = _targets(code)
    if b"for" in code:
        found += _LOOPED.findall(code)
    if b"as\x01" in code or b"as(" in code:
        found += _CALLED_AS.findall(code)
    if b":=" in code:
        found += _WALRUS.findall(code)
    if b"lambda" in code:
        found += [p for listed in _LAMBDA.findall(code) for p in _PARAMETER.findall(listed)]
    if b"case" in code:
        for pattern in _CASE.findall(code):
            found += _CAPTURED.findall(_GUARD.split(pattern)[0])
    bound = frozenset(_WORD.findall(b" ".join(found))) - _RECEIVERS
    if b"global" in code or b"nonlocal" in code:
        bound -= set(_WORD.findall(b" ".join(_DECLARED.findall(b"\n" + code))))
    return bound


def _targets(code: bytes) -> list[bytes]:
    """The names that are assigned to, without what attributes and items hang on."""
    found = []
    for annotated, assigned in _BOUND.findall(b"\n" + code):
        found += _TARGET.findall(_TRAILER.sub(b".", annotated or assigned))
    return found


def parameters(signature: bytes) -> frozenset[bytes]:
    """The names of a function's parameters, from the normal form of its signature."""
    return frozenset(_PARAMETER.findall(_between_parentheses(signature))) - _RECEIVERS


def bases(signature: bytes) -> str:
    """The names of a class's bases, in order, from the normal form of its signature."""
    listed = _between_parentheses(signature).split(b",")
    found = [base for base in listed if base and b"=" not in base and b"*" not in base]
    return b" ".join(found).decode("utf-8", "replace")


def imports(code: bytes) -> Iterator[tuple[int, str, str, str]]:
    """Place, module, name and alias of each import in masked code (see ``symbols.Import``)."""
    if b"import" not in code:
        return
    for word in _MAYBE_IMPORT.finditer(code):
        before = _BEFORE_IMPORT.match(code, code.rfind(b"\n", 0, word.start()) + 1, word.start())
        match = _IMPORT.match(code, before.end() if before else 0)
        if match is None:
            continue
        if match["modules"]:
            for name, alias in _aliased(match["modules"]):
                yield match.start(), name, "", alias
        else:
            source = _text(b"".join(match["source"].split()))
            for name, alias in _aliased(match["names"]):
                yield match.start(), source, name, alias


def _aliased(listed: bytes) -> Iterable[tuple[str, str]]:
    for item in listed.strip(b" \t()").split(b","):
        words = item.split()
        if words:
            yield _text(words[0]), _text(words[2]) if len(words) > 2 else ""


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def _count(inside: bytes) -> bytes:
    """The number of arguments between a call's parentheses; ``*``: one stands for several."""
    if not inside:
        return b"0"
    if b"(" in inside or b"[" in inside or b"{" in inside:
        inside = _without_inner(inside)
    if inside[:1] == b"*" or b",*" in inside:
        return b"*"
    return b"%d" % (inside.count(b",") + 1)


def _between_parentheses(signature: bytes) -> bytes:
    """What a definition's header lists, without what that itself has in brackets."""
    keyword = _DEFINES.search(signature)
    inside = signature[keyword.end() if keyword else 0 :].partition(b"(")[2]
    return _without_inner(inside).partition(b")")[0]


def _without_inner(code: bytes) -> bytes:
    less = _INNER.sub(b"", code)
    while less != code:
        code, less = less, _INNER.sub(b"", less)
    return code
