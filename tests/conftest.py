"""What holds for all tests."""

from hypothesis import settings

# How long an example takes depends on what else the machine does: no failure is made of it.
settings.register_profile("pointsman", deadline=None)
settings.load_profile("pointsman")
