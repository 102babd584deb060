"""An app: its files, and what they say of each other."""

from __future__ import annotations

import csv
import io
import json
import re
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Collection, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from proofs import Unproven
from proofs.splunk_conf import values
from proofs.splunk_conf.lines import Conf, parse
from proofs.splunk_conf.searches import prove_savedsearches
from proofs.splunk_conf.spl import expression, lookups, macros
from proofs.splunk_conf.stanzas import needs, prove
from proofs.splunk_conf.values import Check, Fault, like, one_of

__all__ = ["prove_app", "prove_package"]

_TOP = frozenset(
    "default metadata lookups static README README.md README.txt LICENSE LICENSE.txt NOTICE "
    "app.manifest".split()
)
_RESERVED = re.compile("(?:CON|PRN|AUX|NUL|COM[1-9]|LPT[1-9])", re.IGNORECASE)
_TOKEN = re.compile(r"\$([A-Za-z_][\w-]*)\$", re.ASCII)
_ACCESS = re.compile(r"read : \[ ([\w, *-]+) \], write : \[ ([\w, *-]+) \]", re.ASCII)

_macro_name = like(r"[\w.:-]+(?:\([1-9][0-9]*\))?", "name of a macro")
_version = like(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-[0-9A-Za-z.-]+)?", "version x.y.z")


def _id(value: str) -> None:
    like(r"[A-Za-z0-9_.]*[A-Za-z0-9_]", "id of an app")(value)
    if _RESERVED.fullmatch(value):
        raise Fault(f"{value!r} is a reserved name")


def _label(value: str) -> None:
    values.line(value)
    if not 5 <= len(value) <= 80 or value.lower().startswith("splunk for"):
        raise Fault("a label has 5 to 80 characters, and does not begin with 'Splunk for'")


def _description(value: str) -> None:
    values.line(value)
    if len(value) > 200:
        raise Fault(f"{len(value)} characters, at most 200 may be")


_APP: dict[str, dict[str, Check]] = {
    "install": {
        "is_configured": one_of("0", "false"),  # it says that a set-up has been gone through
        "state": one_of("enabled", "disabled"),
        "state_change_requires_restart": values.truth,
        "build": values.number,
        "allows_disable": values.truth,
    },
    "ui": {
        "is_visible": values.truth,
        "label": _label,
        "show_in_nav": values.truth,
        "supported_themes": values.fields,
    },
    "launcher": {"author": values.line, "description": _description, "version": _version},
    "package": {
        "id": _id,
        "check_for_updates": values.truth,
        "show_upgrade_notification": values.truth,
    },
    "id": {"name": _id, "version": _version},
}
_APP_NEEDS = {
    "install": ["is_configured"],
    "ui": ["is_visible", "label"],
    "launcher": ["author", "description", "version"],
    "package": ["id", "check_for_updates"],
    "id": ["name", "version"],
}
_MACRO: dict[str, Check] = {
    "definition": expression,
    "args": like(r"[\w-]+(?:, ?[\w-]+)*", "list of arguments"),
    "iseval": values.truth,
    "validation": values.text,
    "errormsg": values.line,
    "description": values.anything,
}
_TRANSFORM: dict[str, Check] = {
    "filename": like(r"[\w.-]+\.csv", "CSV file"),
    "external_type": one_of("kvstore"),
    "collection": values.word,
    "fields_list": values.fields,
    "case_sensitive_match": values.truth,
    "match_type": like(
        r"(?:WILDCARD|CIDR|EXACT)\([^\s()]+\)(?:, ?(?:WILDCARD|CIDR|EXACT)\([^\s()]+\))*",
        "match type",
    ),
    "max_matches": like("[1-9][0-9]{0,3}", "number of matches"),
    "min_matches": like("[0-9]{1,4}", "number of matches"),
    "default_match": values.line,
    "filter": values.line,
    "replicate": values.truth,
}
_COLLECTION: dict[str, Check] = {
    "enforceTypes": values.truth,
    "replicate": values.truth,
    "profilingEnabled": values.truth,
    "profilingThresholdMs": values.number,
    "field.": one_of("string", "number", "bool", "time"),
    "accelerated_fields.": values.parse_json,
}
_META: dict[str, Check] = {
    "access": like(_ACCESS.pattern, "access"),
    "export": one_of("none", "system"),
    "owner": values.word,
    "version": values.line,
    "modtime": values.line,
}


def prove_package(
    archive: Path, *, known_macros: Collection[str] = (), known_lookups: Collection[str] = ()
) -> dict[str, Conf]:
    """Refuse a packaged app (``.tar.gz``, ``.tgz``, ``.spl``) with a fault.

    Arguments, result and error are those of :func:`prove_app`.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = _unpack(archive, Path(place))
        return prove_app(folder, known_macros=known_macros, known_lookups=known_lookups)


def prove_app(
    folder: Path, *, known_macros: Collection[str] = (), known_lookups: Collection[str] = ()
) -> dict[str, Conf]:
    """Refuse an app with a fault.

    Args:
        folder: the app; its name is the app's id.
        known_macros: macros of other apps, that this one may use: ``name`` or ``name(2)``.
        known_lookups: lookups of other apps, by their names or files.

    Returns:
        The name of each configuration file without its suffix, to what it says.

    Raises:
        Unproven: the app is refused.
    """
    for path in sorted(folder.rglob("*")):
        _check_file(path.relative_to(folder), path)
    provers: dict[str, Callable[[str], Conf]] = {
        "app": partial(_prove_app_conf, app_id=folder.name),
        "savedsearches": prove_savedsearches,
        "macros": _prove_macros,
        "transforms": _prove_transforms,
        "collections": _prove_collections,
    }
    if not (folder / "default" / "app.conf").is_file():
        raise Unproven("splunk_conf", folder.name, "default/app.conf is missing")
    confs = {
        path.stem: provers.get(path.stem, parse)(_read(path))
        for path in sorted((folder / "default").glob("*.conf"))
    }
    _prove_meta(folder / "metadata" / "default.meta")
    _check_collections(confs)
    files = {path.name for path in (folder / "lookups").glob("*")}
    for name in sorted(files):
        _prove_csv(folder / "lookups" / name)
    for name, settings in confs.get("transforms", {}).items():
        if "filename" in settings and settings["filename"] not in files:
            raise Unproven("splunk_conf", f"[{name}]", f"no file lookups/{settings['filename']}")
    _check_names(
        confs,
        {*confs.get("macros", {}), *known_macros},
        {*confs.get("transforms", {}), *files, *known_lookups},
    )
    return confs


def _check_names(confs: dict[str, Conf], known_macros: set[str], known_lookups: set[str]) -> None:
    """Refuse a search with a macro or a lookup that is unknown."""
    for place, search in _searches(confs):
        try:
            names = {name if not count else f"{name}({count})" for name, count in macros(search)}
            if missing := names - known_macros:
                raise Fault(f"no macro {min(missing)}")
            if missing := lookups(search) - known_lookups:
                raise Fault(f"no lookup {min(missing)}")
        except Fault as fault:
            raise Unproven("splunk_conf", search, f"{place}: {fault}") from fault


def _unpack(archive: Path, place: Path) -> Path:
    """Write an archive's files, none of them outside *place*; the one folder at its top."""

    def refuse(reason: str) -> None:
        raise Unproven("splunk_conf", archive.name, reason)

    tops = set()
    try:
        with tarfile.open(archive, "r:gz") as opened:
            for member in opened:
                path = PurePosixPath(member.name)
                if path.is_absolute() or ".." in path.parts or not path.parts:
                    refuse(f"{member.name} lies outside")
                tops.add(path.parts[0])
                target = place / path
                if member.isdir():
                    target.mkdir(parents=True, exist_ok=True)
                    continue
                content = opened.extractfile(member) if member.isreg() else None
                if content is None:
                    refuse(f"{member.name} is neither a file nor a folder")
                    continue
                if member.mode & 0o111 or not member.mode & 0o400:
                    refuse(f"{member.name} has mode {member.mode:o}")
                if target.exists():
                    refuse(f"{member.name} is there twice")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.read())
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise Unproven("splunk_conf", archive.name, f"no tar.gz: {error}") from error
    if len(tops) != 1 or not (place / min(tops)).is_dir():
        refuse(f"not one folder at the top: {', '.join(sorted(tops))}")
    return place / min(tops)


def _check_file(name: Path, path: Path) -> None:
    reason = None
    if name.parts[0] not in _TOP:
        reason = "does not belong into an app"
    elif any(part.startswith(".") for part in name.parts):
        reason = "is hidden"
    elif name.suffix in (".py", ".sh", ".exe", ".bat"):
        reason = "is a program"
    elif path.is_symlink():
        reason = "is a link"
    elif path.is_file() and path.stat().st_mode & 0o111:
        reason = "may be executed"
    elif name.name == "app.manifest":
        try:
            json.loads(_read(path))
        except json.JSONDecodeError as error:
            reason = f"is no JSON: {error}"
    if reason:
        raise Unproven("splunk_conf", str(name), f"{name} {reason}")


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unproven("splunk_conf", path.name, f"not UTF-8: {error}") from error


def _searches(confs: dict[str, Conf]) -> Iterator[tuple[str, str]]:
    """All SPL of an app, each with the stanza it is in."""
    for name, settings in confs.get("savedsearches", {}).items():
        for key in ("search", "alert_condition", "action.notable.param.drilldown_search"):
            if key in settings:
                yield f"[{name}] {key}", settings[key]
        drilldowns = settings.get("action.notable.param.drilldown_searches")
        for each in values.drilldowns(drilldowns) if drilldowns else []:
            yield f"[{name}] a drilldown", each["search"]
    for name, settings in confs.get("macros", {}).items():
        yield f"[{name}] definition", settings["definition"]


def _prove_app_conf(text: str, *, app_id: str) -> Conf:
    def check_of(name: str, key: str) -> Check | None:
        return values.line if name == "triggers" else _APP.get(name, {}).get(key)

    stanzas = prove(text, check_of)
    try:
        for name, keys in _APP_NEEDS.items():
            needs(stanzas.get(name, {}), f"[{name}]", *keys)
        if {stanzas["package"]["id"], stanzas["id"]["name"]} != {app_id}:
            raise Fault(f"the id is not that of the folder, {app_id}")
        if stanzas["launcher"]["version"] != stanzas["id"]["version"]:
            raise Fault("two versions")
    except Fault as fault:
        raise Unproven("splunk_conf", text, f"app.conf: {fault}") from fault
    return stanzas


def _prove_macros(text: str) -> Conf:
    def together(name: str, settings: dict[str, str]) -> None:
        _macro_name(name)
        needs(settings, "a macro", "definition")
        arguments = _split(settings.get("args", ""))
        count = int(name[:-1].split("(")[1]) if name.endswith(")") else 0
        if len(arguments) != count or len(set(arguments)) != count:
            raise Fault(f"args: {count} different ones are needed")
        if missing := {*_TOKEN.findall(settings["definition"])} - {*arguments}:
            raise Fault(f"definition: ${min(missing)}$ is no argument")

    return prove(text, lambda _, key: _MACRO.get(key), together)


def _prove_transforms(text: str) -> Conf:
    def together(name: str, settings: dict[str, str]) -> None:
        values.word(name)
        if ("filename" in settings) == ("collection" in settings):
            raise Fault("a lookup has either a file or a collection")
        if "collection" in settings:
            needs(settings, "a collection", "external_type", "fields_list")
        fields = _split(settings.get("fields_list", ""))
        if len(set(fields)) < len(fields):
            raise Fault("fields_list: a field twice")
        if int(settings.get("min_matches", "0")) > int(settings.get("max_matches", "1000")):
            raise Fault("min_matches is more than max_matches")

    return prove(text, lambda _, key: _TRANSFORM.get(key), together)


def _prove_collections(text: str) -> Conf:
    def check_of(_: str, key: str) -> Check | None:
        kind, _, field = key.partition(".")
        return _COLLECTION.get(f"{kind}." if field else key)

    return prove(text, check_of, lambda name, _: values.word(name))


def _check_collections(confs: dict[str, Conf]) -> None:
    """Refuse a lookup of a collection that is not there, or of fields that it does not have."""
    collections = confs.get("collections", {})
    for name, settings in confs.get("transforms", {}).items():
        if "collection" not in settings:
            continue
        fields = {key[6:] for key in collections.get(settings["collection"], {}) if "." in key}
        asked = {*_split(settings["fields_list"])} - {"_key"}
        if settings["collection"] not in collections:
            raise Unproven("splunk_conf", f"[{name}]", f"no collection {settings['collection']}")
        if fields and (missing := asked - fields):
            reason = f"{settings['collection']} has no field {min(missing)}"
            raise Unproven("splunk_conf", f"[{name}]", reason)


def _prove_meta(path: Path) -> None:
    if not path.is_file():
        raise Unproven("splunk_conf", path.name, "metadata/default.meta is missing")
    stanzas = prove(_read(path), lambda _, key: _META.get(key))
    access = _ACCESS.fullmatch(stanzas.get("", {}).get("access", ""))
    if access is None or not {"admin", "sc_admin"} <= {*_split(access[2])}:
        reason = "[] has no access that lets admin and sc_admin write"
        raise Unproven("splunk_conf", path.name, reason)


def _prove_csv(path: Path) -> None:
    if not path.name.endswith(".csv"):
        raise Unproven("splunk_conf", path.name, "lookups hold CSV files only")
    rows = list(csv.reader(io.StringIO(_read(path), newline="")))
    if not rows or not all(rows[0]) or len(set(rows[0])) < len(rows[0]):
        raise Unproven("splunk_conf", path.name, "a column has no name, or two have the same")
    if uneven := [row for row in rows if len(row) != len(rows[0])]:
        raise Unproven("splunk_conf", str(uneven[0]), f"{path.name}: not {len(rows[0])} columns")


def _split(names: str) -> list[str]:
    return re.split(", ?", names) if names else []
