"""A file as text: read in chunks, unpacked if it is gzip, decoded; never whole in memory."""

from __future__ import annotations

import codecs
import sys
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from itertools import chain

from sigmacast.events.files import STDIN

CHUNK = 64 * 1024
"""Bytes read or unpacked at a time; measured no slower than 1 MiB, and kinder to the caches."""
MAX_UNPACKED = 256 * 1024 * 1024
"""Bytes that any gzip file may unpack to, however well it is packed."""
MAX_RATIO = 250
"""How many times its packed size a gzip file beyond ``MAX_UNPACKED`` may unpack to.

CloudTrail's own files are packed about ten- to thirtyfold; 1032 is the most that gzip can do.
"""

_GZIP = b"\x1f\x8b"
_GZIP_FORMAT = 16 + zlib.MAX_WBITS
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LONGEST_MARK = max(len(mark) for mark, _ in _MARKS)
_LOOKED_AT = 512
"""Bytes at the beginning in which a zero shows that this is no text."""


class Unreadable(Exception):
    """Nothing more can be had from a file; what came before is good."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint


def text_chunks(path: str, warn: Callable[[str, int], None]) -> Generator[str, None, None]:
    """The text of a file or, for ``-``, of standard input, in chunks.

    Raises Unreadable where reading, unpacking or decoding cannot go on. Bytes that are not valid
    in the file's encoding are replaced by U+FFFD; *warn* gets a message and a line, once.
    """
    return _decoded(_unpacked(_raw(path)), warn)


def reason(error: Exception) -> str:
    """Why the system refused, in its words."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _raw(path: str) -> Iterator[bytes]:
    try:
        if path == STDIN:
            stdin = getattr(sys.stdin, "buffer", None)
            if stdin is None:
                raise Unreadable("there is no standard input")
            # One read of the system: events of a pipe are seen as they come.
            read = getattr(stdin, "read1", stdin.read)
            while chunk := read(CHUNK):
                yield chunk
        else:
            with open(path, "rb", buffering=0) as file:
                while chunk := file.read(CHUNK):
                    yield chunk
    except (OSError, ValueError) as error:  # ValueError: a closed standard input
        raise Unreadable(reason(error)) from None


def _with_head(chunks: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """The first chunk, made at least *size* bytes long where there are so many, and the rest."""
    head = b""
    while len(head) < size and (chunk := next(chunks, b"")):
        head += chunk
    return head, chunks


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    head, rest = _with_head(chunks, len(_GZIP))
    chunks = chain((head,), rest)
    yield from _gunzip(chunks) if head.startswith(_GZIP) else chunks


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP_FORMAT)
    taken = given = 0
    for packed in chunks:
        taken += len(packed)
        unpacked = b""
        # zlib may have used all input and still hold output back, if it has given its fill.
        while packed or len(unpacked) == CHUNK:
            if unpacker.eof:
                packed = packed.lstrip(b"\0")  # the padding of tapes and block devices
                if not packed:
                    break
                unpacker = zlib.decompressobj(_GZIP_FORMAT)
            before = unpacker.copy()
            try:
                unpacked = unpacker.decompress(packed, CHUNK)
            except zlib.error:
                yield from _salvaged(before, packed)
                raise Unreadable("the gzip data is damaged", "fetch the file again") from None
            packed = unpacker.unconsumed_tail or unpacker.unused_data
            given += len(unpacked)
            if given > MAX_UNPACKED and given > MAX_RATIO * (taken - len(packed)):
                raise Unreadable(
                    f"it unpacks to more than {MAX_RATIO} times its size; given up",
                    "if the file is to be trusted, unpack it first",
                )
            if unpacked:
                yield unpacked
    if not unpacker.eof:
        raise Unreadable("the gzip data ends too early", "fetch the file again")


def _salvaged(unpacker: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    """What lies before the damage: zlib gives nothing of a piece that it cannot read to its end."""
    unpacked = bytearray()
    with suppress(zlib.error):
        for index in range(len(packed)):
            unpacked += unpacker.decompress(packed[index : index + 1])
            if len(unpacked) >= CHUNK:
                yield bytes(unpacked)
                unpacked.clear()
    if unpacked:
        yield bytes(unpacked)


def _decoded(
    chunks: Iterator[bytes], warn: Callable[[str, int], None]
) -> Generator[str, None, None]:
    head, chunks = _with_head(chunks, _LONGEST_MARK)
    mark, encoding = next((each for each in _MARKS if head.startswith(each[0])), (b"", "utf-8"))
    if encoding == "utf-8" and b"\0" in head[:_LOOKED_AT]:
        raise Unreadable("a binary file, not text", "save it as UTF-8 text")
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    for chunk in chain((head[len(mark) :],), chunks, (None,)):
        piece, final = (b"", True) if chunk is None else (chunk, False)
        try:
            text = decoder.decode(piece, final)
        except UnicodeDecodeError as error:
            line += error.object[: error.start].decode(encoding, "replace").count("\n")
            byte = f"byte 0x{error.object[error.start]:02x}"
            name = encoding[:6].upper()
            warn(f"line {line} is not {name} ({byte}); such bytes are read as U+FFFD", line)
            decoder.errors = "replace"  # a failed call has changed nothing in the decoder
            text = decoder.decode(piece, final)
        # Looking for one is ten times faster than counting none.
        if decoder.errors == "strict" and "\n" in text:
            line += text.count("\n")
        if text:
            yield text
