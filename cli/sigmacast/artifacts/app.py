"""``app``: a Splunk app of all detections, as a folder or an archive.

Sources: app.conf.spec, macros.conf.spec, transforms.conf.spec and collections.conf.spec 10.2;
splunk-appinspect 4.3 (what an app has to say to pass).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from sigmacast.artifacts.base import Artifact, Detection, Product
from sigmacast.artifacts.conf import stanza
from sigmacast.artifacts.first_seen import baseline
from sigmacast.artifacts.savedsearches import stanzas
from sigmacast.errors import UsageError
from sigmacast.output import ARCHIVES

MACROS_CONF, TRANSFORMS_CONF = "macros.conf", "transforms.conf"
COLLECTIONS_CONF = "collections.conf"
README = "README.md"
FIRST_VERSION = "1.0.0"
_ABOUT = "Detections for AWS CloudTrail, made from Sigma rules by sigmacast."
_EVERYTHING = "*"
_NAME = re.compile(r"(?P<id>[A-Za-z][A-Za-z0-9_.]*?)(?:-(?P<version>\d+\.\d+\.\d+))?")
_MACRO = re.compile(r"`([A-Za-z0-9_-]+)`")
_SHORTEST_LABEL = 5
_LONGEST_LABEL = 80


def macro(detection: Detection) -> str:
    """The macro of a detection's exceptions, which the app defines as everything."""
    return f"{detection.stem}_filter"


def make(detection: Detection) -> Product:
    """The parts that a detection has in the app's files; its text is the saved searches."""
    searches = stanzas(detection)
    names = dict.fromkeys(_MACRO.findall(detection.plain))
    definitions = dict.fromkeys(names, detection.scope or _EVERYTHING)
    definitions[macro(detection)] = f"search {_EVERYTHING}"
    parts = {
        **searches.parts,
        MACROS_CONF: tuple(stanza(name, {"definition": d}) for name, d in definitions.items()),
        README: (_about(detection, searches.identity),),
    }
    known = baseline(detection)
    if known is not None:
        columns = list(known.columns.values())
        lookup = {
            "external_type": "kvstore",
            "collection": known.lookup,
            "fields_list": ", ".join(["_key", *columns, "first_seen", "last_seen"]),
        }
        kinds = {f"field.{column}": "string" for column in columns}
        times = {"field.first_seen": "time", "field.last_seen": "time"}
        collection = {"enforceTypes": "false", "replicate": "false", **kinds, **times}
        parts[TRANSFORMS_CONF] = (stanza(known.lookup, lookup),)
        parts[COLLECTIONS_CONF] = (stanza(known.lookup, collection),)
    return replace(searches, parts=parts)


def _about(detection: Detection, name: str) -> str:
    """A section of the app's README: what the detection finds, and what it needs."""
    setup = detection.names.in_text((detection.deployment.setup or "").strip())
    parts = [f"## {name}", detection.description, *([f"### Setup\n\n{setup}"] if setup else [])]
    return "\n\n".join(parts)


def bundle(output: str, products: list[Product]) -> Mapping[str, str]:
    """The files of the app, by their paths; its id and version come from the name of the output.

    ``build/acme_detections-1.2.0.tar.gz`` is version 1.2.0 of the app acme_detections. Raises
    UsageError for a name that no app can have, and for two detections of one name.
    """
    name, version = _named(output)
    files: dict[str, list[str]] = {README: [f"# {name}", _ABOUT]}
    for product in products:
        for file, parts in product.parts.items():
            files.setdefault(file, []).extend(parts)
    made = {
        "default/app.conf": _app_conf(name, version),
        "metadata/default.meta": _META,
        **{_place(file): _unique(parts) for file, parts in files.items()},
    }
    return made if not output.endswith(ARCHIVES) else {f"{name}/{k}": v for k, v in made.items()}


def _named(output: str) -> tuple[str, str]:
    base = Path(output.rstrip("/")).name
    stem = next((base.removesuffix(end) for end in ARCHIVES if base.endswith(end)), base)
    found = _NAME.fullmatch(stem)
    if found is None:
        raise UsageError(
            f"'{stem}' is no name for a Splunk app: a letter, then letters, digits, '_' and '.', "
            "and '-1.2.0' for a version"
        )
    return found["id"], found["version"] or FIRST_VERSION


def _app_conf(name: str, version: str) -> str:
    label = name.replace("_", " ").ljust(_SHORTEST_LABEL, ".")[:_LONGEST_LABEL]
    stanzas = {
        "install": {"is_configured": "0"},
        "ui": {"is_visible": "0", "label": label},
        "launcher": {"author": "sigmacast", "description": _ABOUT, "version": version},
        "package": {"id": name, "check_for_updates": "0"},
        "id": {"name": name, "version": version},
    }
    return "\n\n".join(stanza(each, found) for each, found in stanzas.items()) + "\n"


def _place(file: str) -> str:
    return file if file == README else f"default/{file}"


def _unique(parts: list[str]) -> str:
    """The parts of all detections, each once: a macro may be that of several."""
    return "\n\n".join(dict.fromkeys(parts)) + "\n"


_META = """\
[]
access = read : [ * ], write : [ admin, sc_admin ]
export = system
"""

APP = Artifact(
    "app",
    "Splunk app of detections",
    ("splunk",),
    make,
    joined=None,
    macro=macro,
    bundle=bundle,
)
