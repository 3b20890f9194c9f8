"""The ablation's features, on a past that is made for them."""

from pathlib import Path

from bench.oracle_ablation import VARIANTS, of_past
from tests.git.world import World

from pointsman.oracle.index import SymbolIndex
from pointsman.oracle.store import SymbolStore

LIB = """\
def far(x):
    return middle(x)


def middle(x):
    first = x
    return _near(first)


def _near(x):
    return x
"""


async def test_each_reference_counts_where_its_traits_say(world: World, tmp_path: Path) -> None:
    base = world.commit({"lib.py": LIB})
    for branch, old, new in (
        ("writes", "    return x\n", "    return x + 1\n"),
        ("relies", "_near(first)", "_near(first or 2)"),
        ("beyond", "middle(x)\n\n", "middle(x or 3)\n\n"),
    ):
        world.git("checkout", "--quiet", "-b", branch, base)
        assert LIB.count(old) == 1
        world.commit({"lib.py": LIB.replace(old, new)})
    world.git("checkout", "--quiet", "main")
    world.commit({"other.txt": "main goes on"})

    index = SymbolIndex(store=SymbolStore(tmp_path / "symbols.db"))
    try:
        pairs = await of_past(world.root, index, 10)
    finally:
        await index.close()
    counted = {
        name: sum(any(map(counts, pair)) for pair in pairs) for name, counts in VARIANTS.items()
    }
    assert len(pairs) == 3
    # relies on writes by a private name; beyond on relies by a public one, and on writes through it
    assert counted["all, imports resolved"] == 2
    assert (counted["private"], counted["public"]) == (1, 1)
    assert counted["at two steps"] == 1
    assert counted["within one file"] == counted["only the body"] == counted["called"] == 2
    assert counted["both rely on each other"] == counted["newly referenced"] == 0
    assert counted["edge: exact"] == 2 and counted["edge: ambiguous"] == 0
