"""pySigma plug-in: KqlBackend under the name ``kql``."""

from sigmacast.targets.kql import KqlBackend

__all__ = ["KqlBackend"]
