"""The cloud side: doors around a pure domain. See README.md of this package."""
