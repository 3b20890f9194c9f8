"""The live view: a lane a unit, time to the right, states as colour. ``watch`` is the entry point.

Events go into ``pool`` (what is known), ``track`` draws a lane's past, ``view`` lays out a frame.
"""
