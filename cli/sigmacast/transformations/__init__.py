"""Our pySigma transformations and conditions, named ``sigmacast_…`` in pipeline YAML."""

from __future__ import annotations

from typing import Any, cast


def register() -> None:
    """Make our names known to pySigma's pipeline reader. Calling it again changes nothing."""
    from sigma.processing.conditions import rule_conditions
    from sigma.processing.transformations import transformations

    from sigmacast.transformations.address import AddressMapping
    from sigmacast.transformations.event_names import PinsEventNamesCondition
    from sigmacast.transformations.fields import KnownFields
    from sigmacast.transformations.log_source import LogSourceNote
    from sigmacast.transformations.parameters import Parameters
    from sigmacast.transformations.scope import Scope
    from sigmacast.transformations.shared_fields import SharedFields
    from sigmacast.transformations.spelling import Spelling
    from sigmacast.transformations.splunk_paths import SplunkPaths
    from sigmacast.transformations.success import Success
    from sigmacast.transformations.values import EcsValues
    from sigmacast.transformations.whole_objects import WholeObjects

    # pySigma declares these tables read-only, yet they are the only registry that it has.
    cast("dict[str, Any]", transformations).update(
        {
            "sigmacast_address_mapping": AddressMapping,
            "sigmacast_ecs_values": EcsValues,
            "sigmacast_known_fields": KnownFields,
            "sigmacast_log_source_note": LogSourceNote,
            "sigmacast_parameters": Parameters,
            "sigmacast_scope": Scope,
            "sigmacast_shared_fields": SharedFields,
            "sigmacast_spelling": Spelling,
            "sigmacast_splunk_paths": SplunkPaths,
            "sigmacast_success": Success,
            "sigmacast_whole_objects": WholeObjects,
        }
    )
    cast("dict[str, Any]", rule_conditions).update(
        {"sigmacast_pins_event_names": PinsEventNamesCondition}
    )
