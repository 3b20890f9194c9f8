"""``pointsman demo``: six chunks on a small real repository, in a minute.

``scenario`` is what is built, ``prompt`` asks the operator below the lanes, ``main`` is the course.
Everything happens in a folder of its own; the operator's settings and files are not touched.
"""
