"""The oracle's index on disk, and what the repository's past taught, in a daemon's life."""

import json
from pathlib import Path

from rig import CODE, Rig

from pointsman.oracle.calibration import FILE, Calibration

CACHE = "symbols.db"


def state(rig: Rig, name: str) -> Path:
    """A file of the repository's state folder."""
    (folder,) = (rig.home / "state/pointsman").iterdir()
    return folder / name


def test_the_index_is_filled_in_the_background_and_may_be_deleted(rig: Rig):
    rig.make_repository({f"src/m{n}.py": f"def f{n}(): pass\n" for n in range(30)})
    rig.start()
    assert rig.call("index")["index"] == {"done": 30, "total": 30, "unknown": {}}
    assert rig.call("status")["daemon"]["index"]["done"] == 30
    assert "reading symbols" not in rig.cli("status").stdout
    rig.stop()
    state(rig, CACHE).unlink()
    rig.start()
    assert rig.call("index")["index"]["done"] == 30
    rig.stop()
    state(rig, CACHE).write_bytes(b"no database")
    rig.start()
    assert rig.call("index")["index"]["done"] == 30


def test_a_file_that_is_no_code_is_unknown_once_and_stops_nothing(rig: Rig):
    rig.make_repository({"deep.py": "(" * 100_000, "src/greet.py": CODE})
    rig.write("src/odd.py", "\0\ufeff\r\n" * 100)
    rig.commit("odd")
    rig.start()
    index = rig.call("index")["index"]
    assert (index["done"], index["total"]) == (3, 3)


def test_what_the_past_taught_moves_the_verdict(rig: Rig):
    rig.make_repository()
    for name in ("one", "two"):
        rig.chunk(name, code_references=[{"ref": "src/greet.py#greet"}])
    rig.start()
    (before,) = rig.call("analyze", chunks=["one", "two"])["conflicts"]
    rig.stop()
    harmless = Calibration(weights={"default": -3.0})
    state(rig, FILE).write_text(json.dumps(harmless.wire()))
    rig.start()
    (after,) = rig.call("analyze", chunks=["one", "two"])["conflicts"]
    assert before["verdict"] == "SERIALIZE"
    assert after["verdict"] == "INDEPENDENT"
    assert [overlap.pop("stops") for overlap in after["overlaps"]] == [False]
    assert [overlap.pop("stops", True) for overlap in before["overlaps"]] == [True]
    assert after["overlaps"] == before["overlaps"]
