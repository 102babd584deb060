"""What a rule may ask of a target language, by name."""

from __future__ import annotations

from enum import Enum


class Feature(str, Enum):
    """A means of expression; its value is how messages call it."""

    CASED = "case-sensitive values (|cased)"
    CIDR = "address ranges (|cidr)"
    COMPARISON = "numeric comparisons"
    FIELD_REFERENCE = "comparisons of two fields (|fieldref)"
    FIELD_REFERENCE_PART = "comparisons of a field with a part of another one"
    KEYWORD = "keywords without a field"
    REGEX = "regular expressions (|re)"
    REGEX_KEYWORD = "regular expressions without a field"
    REGEX_MULTILINE = "multi-line regular expressions (|re|m)"
    SINGLE_WILDCARD = "the single-character wildcard ?"
    TIMESTAMP_PART = "parts of a timestamp"

    EVENT_COUNT = "event_count correlations"
    VALUE_COUNT = "value_count correlations"
    VALUE_METRIC = (
        "correlations of the types value_sum, value_avg, value_median and value_percentile"
    )
    TEMPORAL = "temporal correlations"
    TEMPORAL_ORDERED = "temporal_ordered correlations"
    EXTENDED_CONDITION = "correlation conditions that are expressions"
    ALIASES = "correlation aliases"
    NESTED = "correlations of correlations"
