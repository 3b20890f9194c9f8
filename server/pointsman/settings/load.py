"""The layers over one another: defaults, the repository's file, the operator's, ``setSettings``.

The repository's file counts only as far as the model says (``About.repository``). What does not
count is told, so that nobody wonders why, and is what ``pointsman trust`` would allow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pointsman.model.base import Word
from pointsman.model.errors import PointsmanError, Problem
from pointsman.model.merge_rule import MergeRule
from pointsman.model.settings import AgentSettings, Repository, Settings, about
from pointsman.settings.layers import Layer, Origin, from_changes, from_file

REPOSITORY_FILE = "pointsman.toml"


@dataclass(frozen=True)
class Effective:
    """The settings in force, and where each was said."""

    settings: Settings
    origins: Mapping[str, Origin]
    """By key; agents by ``agents.<name>``. What is not in it is default."""
    ignored: tuple[Problem, ...] = ()
    """What the repository's file says that does not count; ``data`` has key, value, trustable."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with the files. Their last good layers are in force."""
    layers: tuple[Layer, ...] = ()

    def layer(self, origin: Origin) -> Layer | None:
        return next((layer for layer in self.layers if layer.origin is origin), None)


DEFAULTS = Effective(Settings(), {})


def load(
    repository: bytes | None,
    operator: bytes | None,
    changes: Mapping[str, Any],
    *,
    operator_path: str,
    trusted: str | None = None,
    last: Effective = DEFAULTS,
) -> Effective:
    """The settings of the two files' contents (None: no such file) and the changes.

    ``repository`` is ``pointsman.toml`` of base's tip. ``trusted`` is the hash of the repository's
    file that the operator trusts. A file with a mistake in it leaves the ``last`` layer in force.
    """
    layers: list[Layer] = []
    problems: list[Problem] = []
    files = (
        (repository, REPOSITORY_FILE, Origin.REPOSITORY),
        (operator, operator_path, Origin.OPERATOR),
    )
    for data, path, origin in files:
        read = from_file(data, path, origin) if data is not None else None
        if isinstance(read, tuple):
            problems += read
            read = last.layer(origin)
        if read is not None:
            layers.append(read)
    try:
        layers.append(from_changes(changes))
    except PointsmanError as wrong:
        problems.append(wrong.problem)
        layers += [layer for layer in last.layers if layer.origin is Origin.CHANGED]
    return combine(tuple(layers), trusted=trusted, problems=tuple(problems))


def combine(
    layers: tuple[Layer, ...], *, trusted: str | None = None, problems: tuple[Problem, ...] = ()
) -> Effective:
    """The layers over one another, in their order."""
    values: dict[str, Any] = {}
    agents: dict[str, AgentSettings] = {}
    origins: dict[str, Origin] = {}
    ignored: list[Problem] = []
    for layer in layers:
        said, refused = _counting(layer, trusted)
        ignored += refused
        for key, value in said.items():
            if key == "agents":
                agents |= value
                origins |= {f"agents.{name}": layer.origin for name in value}
                continue
            adds = about(key).repository is Repository.ADDS
            values[key] = _added(values[key], value) if adds and key in values else value
            origins[key] = layer.origin
    settings = Settings.model_construct(**{**dict(Settings()), **values, "agents": agents})
    return Effective(settings, origins, tuple(ignored), problems, layers)


def _added(before: Any, more: Any) -> Any:
    """What two layers list, together; of what both say by name the later one's, which is first."""
    if isinstance(more, dict):
        return more | {name: value for name, value in before.items() if name not in more}
    return tuple(dict.fromkeys((*before, *more)))


def _counting(layer: Layer, trusted: str | None) -> tuple[dict[str, Any], list[Problem]]:
    """What a layer says that counts, and what it says that does not."""
    said = {key: getattr(layer.said, key) for key in layer.said.model_fields_set}
    if layer.origin is not Origin.REPOSITORY:
        return said, []
    ignored: list[Problem] = []
    trust = trusted is not None and layer.hash == trusted
    for key in sorted(said):
        if not _counts(key, said[key], trust):
            value = said.pop(key)
            ignored.append(_ignored(layer, (key,), value, about(key).repository))
    rules: dict[str, MergeRule] = said.get("merge_rules", {})
    losing = {} if trust else {name: rule for name, rule in rules.items() if rule.drops_a_side}
    if losing:
        said["merge_rules"] = {name: rule for name, rule in rules.items() if name not in losing}
        for name, rule in losing.items():
            ignored.append(_ignored(layer, ("merge_rules", name), rule, Repository.TRUSTED))
    agents: dict[str, AgentSettings] = said.get("agents", {})
    for name, agent in agents.items():
        if agent.network == "host":
            path = ("agents", name, "network")
            ignored.append(_ignored(layer, path, "host", Repository.NEVER))
            said["agents"] = said["agents"] | {name: agent.model_copy(update={"network": None})}
    return said, ignored


def _counts(key: str, value: Any, trust: bool) -> bool:
    """Whether a setting of the repository's file is in force."""
    rule = about(key).repository
    if rule is Repository.LOWER:
        return trust or value <= Settings.model_fields[key].default
    return rule in (Repository.FREE, Repository.ADDS) or (trust and rule is Repository.TRUSTED)


def _ignored(layer: Layer, key: tuple[str, ...], value: Any, rule: Repository) -> Problem:
    never = rule is Repository.NEVER
    name = ".".join(key)
    return Problem(
        code="settings-untrusted",
        message=f"The repository sets `{name}`, which counts only "
        + ("in your own settings file." if never else "after you trust its file."),
        remedy="Set it there, if you want it." if never else "Read it, then `pointsman trust`.",
        place=layer.place(*key),
        data={"key": name, "value": wire(value), "trustable": not never},
    )


def wire(value: Any) -> Any:
    """A setting's value as JSON."""
    if isinstance(value, Word):
        return value.model_dump(mode="json", by_alias=False, exclude_none=True)
    if isinstance(value, dict):
        return {name: wire(item) for name, item in value.items()}
    return list(value) if isinstance(value, tuple) else value
