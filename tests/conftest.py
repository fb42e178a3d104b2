"""What every test shares: numbers that do not change from run to run."""

import numpy as np
import pytest


@pytest.fixture
def random():
    return np.random.default_rng(20131010)
