"""What clients and scripts rely on: names and shapes, of which fields may be added, never renamed.

Written by hand, not from the code: a field that is renamed there is missed here.
"""

from typing import Any

import pytest

from pointsman.operations.app import FAMILIES
from pointsman.operations.table import OPERATIONS

assert FAMILIES

# operation: parameters (``?``: may be left out), result
PROMISED = {
    "inject": ("chunks priority? agent? dependsOn? retain?", "units warnings"),
    "validate": ("chunks unsaved?", "problems"),
    "submitFuture": ("", "injected uncommitted alreadyInjected"),
    "status": ("", "daemon counts units seq"),
    "unit": ("unit", "unit attempts snapshots landing"),
    "attention": ("", "items"),
    "answer": ("item option? text?", "item delivered"),
    "conflicts": ("chunk? unresolved?", "conflicts"),
    "verdict": ("conflict? a? b? verdict first?", "conflict"),
    "diff": ("unit against? conflict? texts?", "patch files tree base"),
    "log": ("unit attempt? since? follow?", "lines"),
    "history": ("unit", "events"),
    "footprint": ("unit? chunk?", "touches"),
    "snapshots": ("unit", "snapshots"),
    "restore": ("unit snapshot", "unit"),
    "settings": ("", "settings"),
    "setSettings": ("", "settings"),
    "pause": ("", "daemon"),
    "resume": ("", "daemon"),
    "retryAll": ("", "units"),
    "analyze": ("chunks", "conflicts"),
    "who": ("path range? symbol? reads?", "touches"),
    "symbols": ("path text", "symbols problem"),
    "chunks": ("", "chunks agents subsystems"),
    "cancel": ("unit", "unit"),
    "retry": ("unit", "unit"),
    "land": ("unit", "unit"),
    "prioritize": ("unit priority", "unit"),
    "events": ("since", "events seq"),
}
TYPES = {
    "DaemonInfo": "version pid startedAt repository base paused sandbox",
    "WorkUnit": "id chunk status phase priority blockedBy attention base workspace agent attempts "
    "usage notBefore displacedChunk createdAt updatedAt",
    "BaseRef": "branch commit",
    "Usage": "tokens money seconds",
    "AttentionItem": "id unit chunk reason text options place since blocks",
    "Option": "id label description",
    "Conflict": "id a b overlaps verdict decidedBy probability first resolved",
    "Overlap": "type path symbol detail evidence",
    "Problem": "code message remedy place",
    "DiffFile": "path status added removed before after",
    "TranscriptLine": "n at kind text data",
    "Touch": "path symbol lines access evidence confidence",
    "Toucher": "participant chunk unit path symbol lines access evidence confidence why inside "
    "status",
    "TextSymbol": "name kind lines line columns",
    "ChunkInfo": "name path status title",
    "Snapshot": "id at why files",
    "SettingView": "value origin description",
    "Event": "seq at kind unit data",
    "Place": "path range",
}


def fields(schema: Any) -> set[str]:
    return set(schema.get("properties", ()))


@pytest.mark.parametrize("name", PROMISED)
def test_an_operation_takes_and_gives_what_was_promised(name: str) -> None:
    info, (takes, gives) = OPERATIONS[name].info, PROMISED[name]
    needed = {word for word in takes.split() if not word.endswith("?")}
    assert {word.rstrip("?") for word in takes.split()} <= fields(info.params)
    assert set(info.params.get("required", ())) == needed
    assert set(gives.split()) <= fields(info.result)


@pytest.mark.parametrize("name", TYPES)
def test_a_type_has_the_fields_that_were_promised(name: str) -> None:
    found = [
        schema["$defs"][name]
        for operation in OPERATIONS.values()
        for schema in (operation.info.params, operation.info.result)
        if name in schema.get("$defs", {})
    ]
    assert found, "it is part of no operation"
    for schema in found:
        assert set(TYPES[name].split()) <= fields(schema)
