"""Replay: how well would the oracle have done on a repository's own past, and on labelled cases?

``past`` and ``cases`` find pairs whose outcome is known, ``judge`` lets the oracle, the plain rules
and git judge each, ``records`` keeps what they said, ``measure`` counts, ``fit`` calibrates, and
``picture`` draws. Nothing is written into the repository.
"""
