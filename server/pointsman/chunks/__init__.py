"""Chunk documents: read, check and edit ``docs/chunks/<name>/GOAL.md`` and ``PLAN.md``.

Documents are somebody else's word: bytes of any kind, bounded in size, never trusted to be YAML.
Everything here is pure but ``load`` (reads base and the checkout) and ``scaffold`` (writes files).
"""
