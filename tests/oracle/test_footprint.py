"""What is declared and claimed, and footprints of one participant made one."""

from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.footprints import BASE, footprint, footprints, touch

from pointsman.model.chunk import ChunkDocument, ChunkStatus, FrontMatter
from pointsman.model.footprint import STRENGTH, Access, Evidence
from pointsman.oracle.footprint import claimed, combine, declared

FILES = {"src/a.py", "src/b.py", "docs/x.md"}
OBSERVED, DECLARED, PREDICTED = Evidence.OBSERVED, Evidence.DECLARED, Evidence.PREDICTED


def chunk(**front: object) -> ChunkDocument:
    matter = FrontMatter.model_validate({"status": ChunkStatus.FUTURE, **front})
    return ChunkDocument(name="one", folder="docs/chunks/one", front=matter, goal="", plan="")


def test_code_paths_declare_files_folders_and_patterns():
    found = declared(chunk(code_paths=("./docs/x.md", "src/", "src/b*")), BASE, FILES)
    assert [t.path for t in found.touches] == ["docs/x.md", "src/a.py", "src/b.py", "src/b.py"]
    assert {t.evidence for t in found.touches} == {DECLARED}


def test_code_references_declare_symbols():
    refs = [{"ref": "src/a.py#Outer::inner"}, {"ref": "src/a.py#Outer.other()"}]
    found = declared(chunk(code_references=refs), BASE, FILES)
    assert [t.symbol for t in found.touches] == ["Outer::inner", "Outer::other"]
    assert {t.why for t in found.touches} == {"code_references"}


def test_a_path_that_base_does_not_have_is_to_be_created():
    found = declared(chunk(code_paths=("src/new.py", "none*")), BASE, FILES)
    assert [(t.path, t.access) for t in found.touches] == [("src/new.py", Access.CREATE)]


def test_a_folder_of_too_many_files_says_nothing():
    many = {f"src/{n}.py" for n in range(1000)}
    assert declared(chunk(code_paths=("src",)), BASE, many).touches == ()


def test_subsystems_are_implemented_or_used():
    links = [
        {"subsystem_id": "auth", "relationship": "implements"},
        {"subsystem_id": "queue", "relationship": "uses"},
    ]
    found = declared(chunk(subsystems=links), BASE, FILES)
    assert (found.implements, found.uses) == (("auth",), ("queue",))


def test_a_claim_is_declared_and_surer():
    found = claimed("one", BASE, FILES, paths=["src/a.py"], symbols=["src/b.py#f"])
    assert [(t.path, t.symbol, t.why) for t in found.touches] == [
        ("src/a.py", None, "claim"),
        ("src/b.py", "f", "claim"),
    ]
    assert {t.evidence for t in found.touches} == {DECLARED}


def test_observed_wins_over_declared_wins_over_predicted_for_each_symbol():
    whole = combine(
        footprint("one", touch("a.py#f", OBSERVED), tree="t"),
        footprint("one", touch("a.py#f", DECLARED), touch("a.py#g", DECLARED)),
        footprint("one", touch("a.py#g", PREDICTED), touch("a.py#h", PREDICTED)),
    )
    assert {(t.symbol, t.evidence) for t in whole.touches} == {
        ("f", OBSERVED),
        ("g", DECLARED),
        ("h", PREDICTED),
    }
    assert whole.tree == "t"


def test_a_whole_file_gives_way_to_stronger_evidence_of_where_in_it():
    weak, strong = touch("a.py", PREDICTED), touch("a.py#f", DECLARED)
    assert combine(footprint("one", weak), footprint("one", strong)).touches == (strong,)
    alike = touch("a.py", DECLARED)
    assert set(combine(footprint("one", strong), footprint("one", alike)).touches) == {
        strong,
        alike,
    }


def test_nothing_stands_for_no_footprint():
    only = footprint("one", touch("a.py", PREDICTED), uses=("auth",))
    assert combine(None, only, None) == only


@given(st.lists(footprints("one"), min_size=1, max_size=4))
def test_of_every_symbol_the_strongest_evidence_is_kept(parts):
    whole = combine(*parts)
    read = [t for part in parts for t in part.touches if t.access is Access.READ]
    assert set(read) == {t for t in whole.touches if t.access is Access.READ}
    whole = whole.model_copy(
        update={"touches": [t for t in whole.touches if t.access is not Access.READ]}
    )
    every = [t for part in parts for t in part.touches if t.access is not Access.READ]
    for symbol in {(t.path, t.symbol) for t in every if t.symbol}:
        best = max(STRENGTH[t.evidence] for t in every if (t.path, t.symbol) == symbol)
        kept = [t for t in whole.touches if (t.path, t.symbol) == symbol]
        assert kept and {STRENGTH[t.evidence] for t in kept} == {best}
    assert {t.path for t in whole.touches} == {t.path for t in every}
