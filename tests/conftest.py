"""What every test shares: numbers that do not change from run to run."""

import contextlib
import os
import sys
import tracemalloc

import numpy as np
import pytest

os.environ.setdefault("MPLBACKEND", "agg")  # no windows


@pytest.fixture(autouse=True)
def pictures_are_closed():
    yield
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


@pytest.fixture
def random():
    return np.random.default_rng(20131010)


@pytest.fixture
def allocating_at_most():
    """A context that fails when Python and NumPy hold more than so many new bytes at a time."""

    @contextlib.contextmanager
    def traced(n_bytes):
        tracemalloc.start()
        try:
            yield
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak <= n_bytes

    return traced
