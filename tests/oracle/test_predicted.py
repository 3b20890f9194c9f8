"""What a plan's mentions mean in a repository."""

import pytest
from tests.oracle.texts import version

from pointsman.model.footprint import Access, Evidence, Touch
from pointsman.oracle.mentions import mentions
from pointsman.oracle.observed import Version
from pointsman.oracle.predicted import (
    Document,
    Files,
    files_to_read,
    names_to_find,
    predict,
    search_patterns,
)

SOURCES = {
    "src/store.py": "class Store:\n    def load(self):\n        return 1\n\n\ndef save(): pass\n",
    "src/other.py": "class Other:\n    def load(self): pass\n",
    "src/pkg/__init__.py": "def start(): pass\n",
    "docs/guide.md": "# Guide\n\nWords.\n",
    "src/pkg/util.py": "LIMIT = 3\nrun()\n",
    "tests/util.py": "",
}
READ: dict[str, Version] = {path: version(text, path) for path, text in SOURCES.items()}


def predicted(plan: str, goal: str = "") -> dict[tuple[str, str | None], Touch]:
    documents = (Document("PLAN.md", mentions(plan)), Document("GOAL.md", mentions(goal), 0.85, 10))
    touches = predict(documents, Files(SOURCES), READ)
    assert {t.evidence for t in touches} <= {Evidence.PREDICTED}
    return {(t.path, t.symbol): t for t in touches}


def test_a_named_file_is_touched_whole():
    found = predicted("Change `src/store.py`.")
    assert found.keys() == {("src/store.py", None)}
    touch = found["src/store.py", None]
    assert (touch.confidence, touch.why, touch.lines) == (0.75, "PLAN.md:1", None)


def test_the_end_of_a_path_is_enough_where_it_is_unique():
    assert predicted("Change `store.py`.").keys() == {("src/store.py", None)}
    both = predicted("Change `util.py`.")
    assert both.keys() == {("src/pkg/util.py", None), ("tests/util.py", None)}
    assert {touch.confidence for touch in both.values()} == {0.375}


def test_a_file_that_is_not_there_is_to_be_created():
    assert predicted("Add `src/new.py`.")["src/new.py", None].access is Access.CREATE
    assert predicted("Talk of `a.b`, `../x.py` and a new src/words.py.") == {}


@pytest.mark.parametrize(
    "words",
    [
        "`save()`",
        "save()",
        "`store.save`",
        "`src/store.py#save`",
        "`pkg.store.save`".replace("pkg.", ""),
    ],
)
def test_a_named_function_is_touched_where_it_is_defined(words: str):
    touch = predicted(f"Change {words}.")["src/store.py", "save"]
    assert touch.lines == (5, 5)


def test_a_method_is_found_by_its_class():
    assert predicted("Change `Store.load`.").keys() == {("src/store.py", "Store::load")}


def test_an_ambiguous_name_is_less_sure_of_each_meaning():
    found = predicted("Change `load()`.")
    assert {key: touch.confidence for key, touch in found.items()} == {
        ("src/store.py", "Store::load"): 0.35,
        ("src/other.py", "Other::load"): 0.35,
    }


def test_a_file_that_is_named_too_says_which_is_meant():
    found = predicted("In `src/store.py`, change `load()`.")
    assert found.keys() == {("src/store.py", None), ("src/store.py", "Store::load")}


def test_a_method_of_an_unknown_thing_is_found_by_its_name():
    assert predicted("Change `thing.save()`.")["src/store.py", "save"].confidence < 0.7


def test_a_package_is_its_init_file():
    assert predicted("Change `pkg.start`.").keys() == {("src/pkg/__init__.py", "start")}


def test_a_reference_to_a_new_symbol_is_a_creation():
    touch = predicted("Add `src/store.py#Store.drop`.")["src/store.py", "Store::drop"]
    assert (touch.access, touch.confidence) == (Access.CREATE, 0.95)


def test_words_that_are_defined_nowhere_mean_nothing():
    assert predicted("Use `print()`, SomeThing and `unknown.name`.") == {}


def test_a_snippet_names_the_symbol_around_it():
    plan = '```demo\n- replace: {path: src/store.py, old: "return 1", new: "return 2"}\n```\n'
    found = predicted(plan)
    assert found.keys() == {("src/store.py", "Store::load")}
    assert found["src/store.py", "Store::load"].lines == (1, 2)


@pytest.mark.parametrize(
    ("path", "old", "symbol", "lines"),
    [
        ("src/pkg/util.py", "run()", "<module>", (1, 1)),
        ("docs/guide.md", "Words.", None, (2, 2)),
        ("src/store.py", "not there", None, None),
    ],
)
def test_a_snippet_outside_of_symbols_has_lines(path, old, symbol, lines):
    found = predicted(f'```demo\n- replace: {{path: {path}, old: "{old}", new: x}}\n```\n')
    assert [(key, touch.lines) for key, touch in found.items()] == [((path, symbol), lines)]


def test_a_deliberate_mention_counts_more_than_prose_and_the_plan_more_than_the_goal():
    by_form = [
        predicted(text)["src/store.py", "save"].confidence
        for text in ("`src/store.py#save`", "`save()`", "```\nsave()\n```", "save()")
    ]
    assert by_form == sorted(by_form, reverse=True)
    goal = predicted("", "\n`save()`")["src/store.py", "save"]
    assert goal.confidence < by_form[1]
    assert goal.why == "GOAL.md:12"


def test_of_several_mentions_the_surest_counts():
    assert predicted("save() and\n\n`save()`")["src/store.py", "save"].why == "PLAN.md:3"


def test_what_is_to_be_searched_and_read_is_told_beforehand():
    documents = (Document("PLAN.md", mentions("`Store.load` in `store.py#save`, `guide.md`")),)
    assert {"load", "save"} <= names_to_find(documents)
    assert files_to_read(documents, Files(SOURCES)) == {"src/store.py"}


def test_a_search_without_names_searches_nothing():
    assert search_patterns(()) == {}
