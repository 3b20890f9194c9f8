"""The settings for people: value, origin and description of each."""

from typing import Any

from pointsman.model.settings import Settings, about
from pointsman.settings.layers import Origin
from pointsman.settings.load import Effective, wire

HIDDEN = "…"
"""Stands for the values of an agent's environment, which may be keys and tokens."""


def show(effective: Effective) -> dict[str, dict[str, Any]]:
    """What ``settings`` answers: by key ``{value, origin, description, unit?}``.

    Agents that the files have are keys of their own, ``agents.<name>``.
    """
    shown: dict[str, dict[str, Any]] = {}
    for key, field in Settings.model_fields.items():
        if key != "agents":
            origin = effective.origins.get(key, Origin.DEFAULT)
            unit = {"unit": about(key).unit} if about(key).unit else {}
            value = wire(getattr(effective.settings, key))
            described = {"description": field.description or "", **unit}
            shown[key] = {"value": value, "origin": str(origin), **described}
    described = {"description": Settings.model_fields["agents"].description or ""}
    for name, agent in sorted(effective.settings.agents.items()):
        value = wire(agent)
        if "env" in value:
            value["env"] = dict.fromkeys(value["env"], HIDDEN)
        origin = effective.origins[f"agents.{name}"]
        shown[f"agents.{name}"] = {"value": value, "origin": str(origin), **described}
    return shown
