"""pySigma plug-in: LuceneBackend under the name ``sigmacast_lucene``."""

from sigmacast.targets.lucene import LuceneBackend

__all__ = ["LuceneBackend"]
