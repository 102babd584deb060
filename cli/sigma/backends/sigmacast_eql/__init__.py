"""pySigma plug-in: EqlBackend under the name ``sigmacast_eql``."""

from sigmacast.targets.eql import EqlBackend

__all__ = ["EqlBackend"]
