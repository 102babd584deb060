"""pySigma plug-in: SplunkBackend under the name ``sigmacast_splunk``."""

from sigmacast.targets.splunk import SplunkBackend

__all__ = ["SplunkBackend"]
