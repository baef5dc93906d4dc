"""For all tests that pytest runs in CPython."""

from hypothesis import settings

# Two cores are shared by two workers and by the interpreters that they start: an example's time says nothing.
settings.register_profile("press1", deadline=None)
settings.load_profile("press1")
