"""Every threshold has bounds, and what is shipped lies within."""

from dataclasses import asdict

from models.params import BOUNDS, Params


def test_every_threshold_has_bounds_and_its_default_lies_within():
    names = {f"{section}.{name}" for section, values in asdict(Params()).items() for name in values}
    assert names == set(BOUNDS)
    for section, values in asdict(Params()).items():
        for name, value in values.items():
            low, high = BOUNDS[f"{section}.{name}"]
            assert low <= value <= high, name
