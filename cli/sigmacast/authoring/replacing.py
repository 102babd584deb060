"""Accounts, keys and addresses of an event, replaced by values that are kept for documentation.

The same value becomes the same everywhere, in ARNs and in policy documents too, and keeps its kind:
a temporary key stays one, a private address private. Names of users, roles and buckets stay.
"""

from __future__ import annotations

import ipaddress
import re
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sigmacast.authoring.table import documentation_values
from sigmacast.matching.paths import getter

_NAMESPACE = uuid.UUID("3f0a9b9e-51a5-4c5e-9d4a-0f5f0b6b4a52")
_ACCOUNT_FIELDS = ("recipientAccountId", "userIdentity.accountId")
"""Whose account becomes the first of the documentation's."""
_EXAMPLE = "EXAMPLE"


class Replacer:
    """Replaces in one record after the other, alike; *kept* values stay as they are."""

    def __init__(self, kept: Iterable[str] = ()) -> None:
        self._known: dict[str, str] = {value: value for value in kept}
        self._taken = set(self._known)
        self._counts: dict[str, int] = {}
        self._members: Mapping[str, Any] = documentation_values()["members"]
        self.replaced = 0
        """Different values that were replaced so far."""

    def record(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The record with its values replaced; it is not changed itself."""
        for field in _ACCOUNT_FIELDS:
            for value in getter(field)(record):
                if isinstance(value, str):
                    self._text(value, "")
        made = self._value(record, "")
        assert isinstance(made, dict)
        return made

    def _value(self, value: Any, name: str) -> Any:
        """A value below the member *name*; records are no deeper than their reader allows."""
        if isinstance(value, dict):
            return {self._text(key, ""): self._value(inner, key) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._value(each, name) for each in value]
        if not isinstance(value, str):
            return value
        if name in self._members["values"]:
            return str(self._members["values"][name])
        if name in self._members["numbered"]:
            return self._known.get(value) or self._made(
                value, lambda number: str(uuid.uuid5(_NAMESPACE, f"{name} {number}")), name
            )
        return self._text(value, name)

    def _text(self, text: str, name: str) -> str:
        return _pattern(name).sub(self._found, text)

    def _found(self, match: re.Match[str]) -> str:
        text, kind = match.group(), str(match.lastgroup)
        if text in self._known:
            return self._known[text]
        return _MAKERS[kind](self, text)

    def _account(self, text: str) -> str:
        values: Sequence[str] = documentation_values()["accounts"]["values"]
        return self._of_list(text, values, lambda number: f"{number:012}", "account")

    def _unique_id(self, text: str) -> str:
        prefix = text[:4]
        values: Sequence[str] = documentation_values()["unique_ids"]["values"][prefix]
        if _EXAMPLE in text:
            return text
        width = max(len(text) - len(prefix) - len(_EXAMPLE), 4)
        return self._of_list(
            text, values, lambda number: f"{prefix}{_EXAMPLE}{number:0{width}}", prefix
        )

    def _resource(self, text: str) -> str:
        prefix, _, digits = text.rpartition("-")
        example: str = documentation_values()["resources"]["value"]
        first = f"{prefix}-{example[: len(digits)]}"
        width = len(digits)
        return self._of_list(text, [first], lambda number: f"{prefix}-{number:0{width}x}", prefix)

    def _address(self, text: str) -> str:
        address, slash, length = text.partition("/")
        try:
            read = ipaddress.ip_address(address)
        except ValueError:
            if ":" in address:  # a time, or anything else with colons
                return text
            read = None  # a number too large or a zero before it: still somebody's address
        if read is not None and _is_for_all(read):
            return text
        made = self._known.get(address) or self._new_address(address, read)
        if not slash or made == address:
            return text if made == address else made
        try:
            return str(ipaddress.ip_network(f"{made}/{length}", strict=False))
        except ValueError:
            return made

    def _host(self, text: str) -> str:
        kind, _, digits = text.partition("-")
        address = digits.replace("-", ".")
        made = self._known.get(address) or self._address(address)
        return f"{kind}-{made.replace('.', '-')}"

    def _mail(self, text: str) -> str:
        values: Mapping[str, Any] = documentation_values()["mail"]
        if text.rpartition("@")[2].lower() in values["kept"]:
            return text
        return self._made(text, lambda number: f"user{number}@{values['domain']}", "mail")

    def _new_address(self, text: str, read: Any) -> str:
        networks: Mapping[str, Any] = documentation_values()["networks"]
        kind = "version_6" if read is not None and read.version == 6 else "public"
        if kind == "public" and read is not None and read.is_private:
            kind = "private"
        network = ipaddress.ip_network(networks[kind])
        most = min(network.num_addresses, 2**32) - 2
        return self._made(
            text, lambda number: str(network[(number - 1) % most + 1]), kind, may_repeat=True
        )

    def _of_list(
        self, text: str, values: Sequence[str], further: Callable[[int], str], kind: str
    ) -> str:
        """The next of the documentation's values, then made ones; those themselves stay."""
        if text in values:
            self._known[text] = text
            self._taken.add(text)
            return text
        count = len(values)
        return self._made(
            text,
            lambda number: values[number - 1] if number <= count else further(number - count),
            kind,
        )

    def _made(
        self, text: str, make: Callable[[int], str], kind: str, *, may_repeat: bool = False
    ) -> str:
        """A value that none other has become yet, the same one for the same text."""
        while True:
            self._counts[kind] = number = self._counts.get(kind, 0) + 1
            made = make(number)
            if may_repeat or made not in self._taken:
                break
        self._taken.add(made)
        self._known[text] = made
        self.replaced += 1
        return made


_MAKERS: Mapping[str, Callable[[Replacer, str], str]] = {
    "account": Replacer._account,
    "unique_id": Replacer._unique_id,
    "resource": Replacer._resource,
    "address": Replacer._address,
    "host": Replacer._host,
    "mail": Replacer._mail,
}


def identifiers(text: str, name: str = "") -> list[str]:
    """Accounts, keys, addresses and the like in a text below the member *name*."""
    return [
        match.group().partition("/")[0] if match.lastgroup == "address" else match.group()
        for match in _pattern(name).finditer(text)
    ]


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """All that is replaced in a text below this member; each part reads a text once."""
    ids = "|".join(documentation_values()["unique_ids"]["values"])
    resources = "|".join(documentation_values()["resources"]["prefixes"])
    parts = [
        r"(?P<mail>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})",
        rf"(?P<unique_id>(?<![A-Za-z0-9])(?:{ids})[A-Z0-9]{{12,60}}(?![A-Za-z0-9]))",
        r"(?P<account>(?<![A-Za-z0-9])(?<![0-9]\.)[0-9]{12}(?![A-Za-z0-9]|\.[0-9]))",
        rf"(?P<resource>(?<![\w-])(?:{resources})-[0-9a-fA-F]{{8,17}}(?![\w-]))",
        r"(?P<host>(?<![\w-])(?:ip|ec2)-[0-9]{1,3}(?:-[0-9]{1,3}){3}(?![0-9]))",
        r"(?P<address>(?<![\w.:])(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w.])"
        r"|(?=[0-9a-fA-F]{0,4}:[0-9a-fA-F]{0,4}:)[0-9a-fA-F:.]{2,45}(?![\w:]))"
        r"(?:/[0-9]{1,3}(?![0-9]))?)",
    ]
    if name in documentation_values()["members"]["without_addresses"]:
        parts.pop()
    return re.compile("|".join(parts))


def _is_for_all(address: Any) -> bool:
    """Whether an address means the same everywhere, or is one of the documentation's."""
    kept = (ipaddress.ip_network(each) for each in documentation_values()["networks"]["kept"])
    return (
        address.is_unspecified
        or address.is_loopback
        or address.is_link_local
        or any(address.version == each.version and address in each for each in kept)
    )
