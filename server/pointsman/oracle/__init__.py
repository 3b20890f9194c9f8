"""The oracle: what will collide, and how sure we are.

Footprints go in (from plans, snapshots, the operator's files), proposed conflicts come out. It
reads git objects and writes nothing. ``engine.Oracle`` is the entry point; the rest is pure.
"""
