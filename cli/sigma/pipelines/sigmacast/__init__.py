"""pySigma plug-in: our pipelines; our transformations become known to pipelines in YAML too."""

from __future__ import annotations

from sigma.processing.pipeline import ProcessingPipeline

from sigmacast.pipelines import built_in
from sigmacast.transformations import register

__all__ = ["sigmacast_ecs", "sigmacast_splunk"]

# The one piece of work at import time: pySigma imports this module to find plug-ins, and has no
# other moment at which a package could name its transformations.
register()


def sigmacast_ecs() -> ProcessingPipeline:
    """AWS CloudTrail to ECS."""
    return built_in("sigmacast_ecs")


def sigmacast_splunk() -> ProcessingPipeline:
    """AWS CloudTrail to the Splunk Add-on for AWS."""
    return built_in("sigmacast_splunk")
