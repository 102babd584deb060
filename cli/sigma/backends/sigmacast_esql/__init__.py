"""pySigma plug-in: EsqlBackend under the name ``sigmacast_esql``."""

from sigmacast.targets.esql import EsqlBackend

__all__ = ["EsqlBackend"]
