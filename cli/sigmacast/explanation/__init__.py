"""The parts of ``explaining``."""
