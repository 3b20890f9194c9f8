"""The picture of the conflict graph: what is drawn, and that names can't break it."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from canned import CannedDaemon
from hypothesis import given
from hypothesis import strategies as st

from conftest import Cli
from pointsman.doors.cli.show.graph import picture
from pointsman.model.conflict import Conflict, ConflictType, Overlap, Verdict
from pointsman.model.footprint import OPERATOR
from pointsman.model.work_unit import ENDED, Status

LIVE = [status for status in Status if status not in ENDED]
HOSTILE = st.text(max_size=30) | st.sampled_from(
    ["</title><script>alert(1)</script>", "]]>", "a&b", "\0\x1b[2J", '"><a href="x">', "\ud800"]
)
Point = tuple[float, float]


def conflict(a: str, b: str, verdict: Verdict = Verdict.SERIALIZE, **fields: Any) -> Conflict:
    overlap = Overlap(type=ConflictType.SYMBOL, path="a.py", symbol="f", detail="both change f")
    told = {"probability": 0.62, "why": "Both change f.", "overlaps": (overlap,), **fields}
    return Conflict.of(id="c1", a=a, b=b, verdict=verdict, **told)


def drawn(svg: str, kind: str) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(svg)
    return [g for g in root.iter() if kind in g.get("class", "").split()]


def ends(edge: ElementTree.Element) -> tuple[Point, Point]:
    line = next(part for part in edge if part.tag.endswith("line"))
    x1, y1, x2, y2 = (float(line.get(name, "")) for name in ("x1", "y1", "x2", "y2"))
    return (x1, y1), (x2, y2)


def nearest(svg: str, point: Point) -> str:
    """The name in the tooltip of the node that is nearest."""

    def far(node: ElementTree.Element) -> float:
        x, y = map(float, re.findall(r"-?[\d.]+", node.get("transform", "")))
        return (x - point[0]) ** 2 + (y - point[1]) ** 2

    return (min(drawn(svg, "node"), key=far)[0].text or "").partition(":")[0]


@st.composite
def pools(draw: st.DrawFn) -> tuple[list[Conflict], dict[str, Status]]:
    names = draw(st.lists(HOSTILE, unique=True, max_size=16))
    live = {name: draw(st.sampled_from(LIVE)) for name in names if name != OPERATOR}
    pairs = [(a, b) for a in live for b in live if a < b]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=20)) if pairs else []
    found = []
    for a, b in chosen:
        verdict = draw(st.sampled_from(Verdict))
        first = draw(st.sampled_from([a, b, None])) if verdict is Verdict.SERIALIZE else None
        found.append(conflict(a, b, verdict, why=draw(HOSTILE), first=first))
    return found, live


@given(pools())
def test_it_is_well_formed_whatever_is_said_with_a_node_a_chunk_and_an_edge_a_conflict(
    pool: tuple[list[Conflict], dict[str, Status]],
) -> None:
    conflicts, live = pool
    svg = picture(conflicts, live)
    assert len(drawn(svg, "node")) == len(live)
    assert len(drawn(svg, "edge")) == len(conflicts)
    tags = {e.tag.rpartition("}")[2] for e in ElementTree.fromstring(svg).iter()}
    assert not tags & {"script", "a", "image", "foreignObject"}
    assert picture(conflicts[::-1], dict(reversed(live.items()))) == svg


@given(st.integers(2, 30), st.booleans(), st.data())
def test_an_arrow_points_from_who_goes_first_to_the_other(
    many: int, forward: bool, data: st.DataObject
) -> None:
    names = [f"n{k:02}" for k in range(many)]
    a, b = sorted(data.draw(st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True)))
    others = [
        conflict(names[0], n, Verdict.INDEPENDENT) for n in names[1:] if (names[0], n) != (a, b)
    ]
    first, second = (a, b) if forward else (b, a)
    svg = picture([*others, conflict(a, b, first=first)], dict.fromkeys(names, Status.RUNNING))
    (edge,) = drawn(svg, "SERIALIZE")
    assert [nearest(svg, end) for end in ends(edge)] == [first, second]
    assert svg.count("marker-end") == 1


def test_an_edge_tells_its_kind_probability_and_who_decided_and_why_as_a_tooltip() -> None:
    svg = picture(
        [conflict("a", "b", Verdict.ASK_OPERATOR)], {"a": Status.RUNNING, "b": Status.BLOCKED}
    )
    (edge,) = drawn(svg, "ASK_OPERATOR")
    title, *words = (part.text for part in edge if part.text)
    assert "Both change f." in title
    assert words == ["symbol 62%", "ask operator (oracle)"]
    assert "■ BLOCKED" in svg and "marker-end" not in svg


def test_conflicts_of_what_is_not_live_are_left_out_and_those_with_the_operator_are_not() -> None:
    svg = picture([conflict("a", "gone"), conflict("a", OPERATOR)], {"a": Status.RUNNING})
    assert len(drawn(svg, "edge")) == 1 and "your files" in svg and "gone" not in svg


def test_it_says_so_where_there_is_nothing_to_draw() -> None:
    assert "No chunk is live." in picture([], {})
    assert "2 live chunks have no conflict." in picture([], dict.fromkeys("ab", Status.READY))


def test_hundreds_of_chunks_stay_within_a_few_thousand_pixels() -> None:
    names = [f"chunk-{k:03}" for k in range(400)]
    chain = [conflict(a, b) for a, b in pairwise(names)]
    root = ElementTree.fromstring(picture(chain, dict.fromkeys(names, Status.READY)))
    assert max(float(root.get("width", "")), float(root.get("height", ""))) < 5000


def pool(daemon: CannedDaemon) -> None:
    units = [{"chunk": "a", "status": "RUNNING"}, {"chunk": "b", "status": "COMPLETED"}]
    daemon.results["status"]["units"] = [*units, {"chunk": "c", "status": "READY"}]
    told = [conflict("a", "c", first="c").model_dump(mode="json", by_alias=True)]
    daemon.results["conflicts"] = {"conflicts": told}


def test_the_command_prints_the_picture_or_writes_it(
    cli: Cli, daemon: CannedDaemon, tmp_path: Path
) -> None:
    pool(daemon)
    printed = cli("conflicts", "--graph").out
    assert len(drawn(printed, "node")) == 2
    target = tmp_path / "graph.svg"
    assert cli("conflicts", "--graph", "--out", str(target)).out == f"{target}\n"
    assert target.read_text("utf-8") == printed
    found = cli("conflicts", "--graph", "--json").json
    assert found["graph"] == printed and len(found["conflicts"]) == 1


def test_the_command_says_what_is_wrong_with_out(
    cli: Cli, daemon: CannedDaemon, tmp_path: Path
) -> None:
    assert cli("conflicts", "--out", "x.svg").code == 2
    said = cli("conflicts", "--graph", "--out", str(tmp_path / "none" / "x.svg"))
    assert said.code == 3 and "can't be written" in said.err
