"""The functions of ES|QL on the values of a row.

Source: Elasticsearch documentation, ``esql/functions-operators/`` (parameters, types, the first
stack that has it). "Unless otherwise documented functions will return null when applied to a
multivalued field" (``esql-multivalued-fields.md``); ``to_lower`` and ``to_upper`` are documented
to change each value (elasticsearch pull request 124676).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

OLDEST = (8, 19)
"""The stack whose functions are here, and which is meant where none is said."""


@dataclass(frozen=True, slots=True)
class Function:
    """Its parameters' types, how many must be given, its result's type and what it does.

    The type ``any`` is one type for all parameters that have it, and for a result that has it. The
    last parameter repeats where ``repeats`` is set. ``run`` gets single values, of all values where
    ``several`` is set and nulls where ``takes_null`` is; else the result is null.
    """

    parameters: tuple[str, ...]
    least: int
    result: str
    run: Callable[..., Any]
    repeats: bool = False
    several: bool = False
    takes_null: bool = False
    since: tuple[int, int] = OLDEST


def values_of(value: Any) -> tuple[Any, ...]:
    """Null, a value or several as a tuple."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def distinct(value: Any) -> Any:
    """Several values, each once."""
    found = tuple(dict.fromkeys(values_of(value)))
    return found if len(found) > 1 else found[0]


def _first_given(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _changed(change: Callable[[str], str]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        return tuple(map(change, value)) if isinstance(value, tuple) else change(value)

    return run


def _text_function(run: Callable[..., Any], result: str, count: int, **more: Any) -> Function:
    return Function(("text",) * count, count, result, run, **more)


def _holds_all(held: Any, wanted: Any) -> bool:
    """An empty text counts as null, and null as nothing (elasticsearch ``MvContains``)."""
    return {value for value in values_of(wanted) if value != ""} <= set(values_of(held))


FUNCTIONS = {
    "coalesce": Function(
        ("any",), 1, "any", _first_given, repeats=True, several=True, takes_null=True
    ),
    "concat": Function(("text", "text"), 2, "text", lambda *texts: "".join(texts), repeats=True),
    "contains": _text_function(lambda text, part: part in text, "boolean", 2, since=(9, 2)),
    "ends_with": _text_function(str.endswith, "boolean", 2),
    "length": _text_function(len, "number", 1),
    "mv_concat": _text_function(
        lambda values, between: between.join(values_of(values)), "text", 2, several=True
    ),
    "mv_contains": Function(
        ("any", "any"), 2, "boolean", _holds_all, several=True, takes_null=True, since=(9, 2)
    ),
    "mv_count": Function(
        ("any",), 1, "number", lambda values: len(values_of(values)), several=True
    ),
    "mv_dedupe": Function(("any",), 1, "any", distinct, several=True),
    "mv_max": Function(("any",), 1, "any", lambda values: max(values_of(values)), several=True),
    "mv_min": Function(("any",), 1, "any", lambda values: min(values_of(values)), several=True),
    "starts_with": _text_function(str.startswith, "boolean", 2),
    "to_lower": _text_function(_changed(str.lower), "text", 1, several=True),
    "to_upper": _text_function(_changed(str.upper), "text", 1, several=True),
}
"""All but ``case`` and ``cidr_match``, which look at their arguments in ways of their own."""

CASES = {"to_lower": str.lower, "to_upper": str.upper}

OTHERS = frozenset(
    (
        "abs acos asin atan atan2 bit_length bucket byte_length categorize cbrt ceil chunk clamp "
        "clamp_max clamp_min copy_sign cos cosh date_diff date_extract date_format date_parse "
        "date_trunc day_name decay e embedding exp extract field_extract first_over_time floor "
        "from_base64 greatest hash hypot ip_prefix json_extract knn kql last_over_time least left "
        "locate log log10 ltrim match match_phrase md5 month_name multi_match mv_append mv_avg "
        "mv_difference mv_first mv_intersection mv_intersects mv_last mv_median "
        "mv_median_absolute_deviation mv_percentile mv_pseries_weighted_sum mv_slice mv_sort "
        "mv_sum mv_union mv_zip network_direction now pi pow qstr repeat replace reverse right "
        "round round_to rtrim scalb score sha1 sha256 signum sin sinh space split sqrt st_buffer "
        "st_centroid_agg st_contains st_disjoint st_distance st_envelope st_geohash "
        "st_geohash_to_string st_geohex st_geotile st_intersects st_simplify st_within st_x "
        "st_xmax st_xmin st_y st_ymax st_ymin substring tan tanh tau tbucket term text_embedding "
        "to_aggregate_metric_double to_base64 to_boolean to_cartesianpoint to_cartesianshape "
        "to_date_nanos to_dateperiod to_datetime to_degrees to_dense_vector to_double to_geohash "
        "to_geohex to_geopoint to_geoshape to_geotile to_integer to_ip to_long to_radians "
        "to_string to_timeduration to_unsigned_long to_version top_snippets trange trim "
        "url_decode url_encode url_encode_component v_cosine v_dot_product v_hamming v_l1_norm "
        "v_l2_norm v_magnitude"
    ).split()
)
"""Functions of ES|QL that are not evaluated; any other name is unknown to Elasticsearch as well."""
