"""Reading events: every form they come in, and what is said of the rest."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from conftest import ROOT
from sigmacast.events import EventReader, content, reader, stream, values

CLOUDTRAIL = "AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/24"


def event(number: int = 0, **more) -> dict:
    """A CloudTrail record of our own making."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "accountId": "111122223333",
            "arn": "arn:aws:iam::111122223333:user/alice",
        },
        "eventTime": "2026-11-24T10:00:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "CreateUser",
        "awsRegion": "us-east-1",
        "sourceIPAddress": f"203.0.113.{number % 256}",
        "requestParameters": {"userName": f"user-{number}", "tags": [], "note": 'a "b" {c} [d\\'},
        "eventID": f"00000000-0000-4000-8000-{number:012}",
        **more,
    }


EVENTS = [event(number) for number in range(5)]


class Reading:
    """Everything that reading some paths gave."""

    def __init__(self, *paths: object) -> None:
        self.problems = []
        self.reader = EventReader([str(path) for path in paths], self.problems.append)
        self.events = list(self.reader)
        assert self.reader.count == len(self.events)
        assert self.reader.unreadable == len(self.problems)

    @property
    def data(self) -> list[dict]:
        return [each.data for each in self.events]

    @property
    def records(self) -> list[int]:
        return [each.record for each in self.events]

    @property
    def messages(self) -> list[str]:
        return [problem.finding.message for problem in self.problems]

    @property
    def told(self) -> list[tuple[str, int | None]]:
        return [(problem.finding.code, problem.record) for problem in self.problems]


@pytest.fixture
def read(tmp_path: Path):
    def call(content: object, name: str = "events.json") -> Reading:
        """Read one file of bytes, of a text, or of a value as JSON."""
        if not isinstance(content, (bytes, str)):
            content = json.dumps(content)
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return Reading(path)

    return call


@pytest.fixture
def stdin(monkeypatch):
    def call(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return call


def lines(items: list) -> str:
    return "".join(f"{json.dumps(item)}\n" for item in items)


# The forms of a file


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(EVENTS),
        json.dumps({"Records": EVENTS}),
        json.dumps({"Records": EVENTS}, indent=2),
        json.dumps({"note": [1, {"Records": []}], "Records": EVENTS, "more": None}),
        lines(EVENTS),
        lines(EVENTS).replace("\n", "\r\n"),
        lines(EVENTS).rstrip("\n"),
        lines(EVENTS).replace("\n", ",\n"),
        "\n\n".join(json.dumps(each, indent=4) for each in EVENTS),
        "".join(map(json.dumps, EVENTS)),
        lines([EVENTS[:2], EVENTS[2:]]),
        lines([{"Records": EVENTS[:3]}, {"Records": []}, {"Records": EVENTS[3:]}]),
        json.dumps([{"Records": EVENTS[:3]}, {"Records": EVENTS[3:]}]),
        "\ufeff" + lines(EVENTS[:2]) + "\ufeff" + lines(EVENTS[2:]),
    ],
    ids=str.strip,
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", ["events.json", "events.json.gz", "events"])
def test_every_form_gives_the_same_events(read, text, pack, name):
    found = read(pack(text.encode()), name)
    assert found.data == EVENTS
    assert found.records == [0, 1, 2, 3, 4]
    assert not found.problems and not found.reader.skipped


def test_a_gzip_file_may_have_several_members_and_padding(read):
    parts = [gzip.compress(lines([each]).encode()) for each in EVENTS]
    assert read(b"".join(parts) + b"\0" * 512).data == EVENTS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_tell_the_encoding(read, encoding):
    special = [event(userAgent="Zürich \U0001f600")]
    text = json.dumps(special, ensure_ascii=False)
    assert read(text.encode(encoding)).data == special
    assert read(gzip.compress(text.encode(encoding))).data == special


def test_utf_16_big_endian(read):
    assert read(f"\ufeff[{json.dumps(event())}]".encode("utf-16-be")).data == [event()]


def test_the_file_is_named_as_given(tmp_path, monkeypatch):
    folder = tmp_path / "logs" / "b"
    folder.mkdir(parents=True)
    (folder / "x.json").write_text(lines(EVENTS[:1]))
    monkeypatch.chdir(tmp_path)
    found = Reading("logs", "logs/b/x.json", "./logs/b/x.json")
    assert [each.file for each in found.events] == [
        os.path.join("logs", "b", "x.json"),
        "logs/b/x.json",
        "./logs/b/x.json",
    ]


def test_a_reader_reads_once(tmp_path):
    path = tmp_path / "x.json"
    path.write_text(lines(EVENTS))
    once = EventReader([str(path)], print)
    assert len(list(once)) == 5
    assert list(once) == []


def test_counts_are_those_so_far(tmp_path):
    path = tmp_path / "x.json"
    path.write_text("[1," + json.dumps(EVENTS)[1:])
    some = EventReader([str(path)], lambda problem: None)
    assert (some.count, some.unreadable) == (0, 0)
    assert [(some.count, some.unreadable) for _ in some] == [(n, 1) for n in range(1, 6)]


# Wrappers

TEXT = json.dumps(event(7))
LOG_EVENTS = [{"id": "1", "timestamp": 1, "message": TEXT}]
HIT = {"_index": "logs-aws.cloudtrail-default", "_id": "a"}


@pytest.mark.parametrize(
    "wrapper",
    [
        {
            "version": "0",
            "detail-type": "AWS API Call via CloudTrail",
            "source": "aws.iam",
            "detail": event(7),
        },
        {"messageType": "DATA_MESSAGE", "logGroup": "trail", "logEvents": LOG_EVENTS},
        {"events": LOG_EVENTS, "searchedLogStreams": []},
        {"message": TEXT},
        {"Events": [{"EventId": "1", "EventName": "CreateUser", "CloudTrailEvent": TEXT}]},
        {"@timestamp": "2026-11-24T10:00:00Z", "event": {"original": TEXT, "action": "CreateUser"}},
        {"event.original": TEXT, "event.action": "CreateUser"},
        {**HIT, "_source": {"event": {"original": TEXT}, "message": "no"}},
        {**HIT, "_source": {"event.original": TEXT}},
        {**HIT, "_source": {"message": TEXT}},
        {**HIT, "fields": {"event.original": [TEXT], "@timestamp": ["2026-11-24T10:00:00Z"]}},
        {**HIT, "_source": {"@timestamp": "x"}, "fields": {"event.original": [TEXT]}},
        {"took": 1, "hits": {"total": 1, "hits": [{**HIT, "_source": {"event.original": TEXT}}]}},
        {"hits": {"hits": [{**HIT, "_source": {"event": {"original": TEXT}}}], "max_score": 1.0}},
        {"_raw": TEXT, "_time": "2026-11-24T10:00:00.000+00:00"},
        {"_raw": TEXT, "eventName": "CreateUser", "userIdentity.type": "IAMUser"},
        {"result": {"_raw": TEXT, "eventName": "CreateUser"}},
        {"preview": False, "offset": 0, "lastrow": True, "result": {"_raw": TEXT}},
        {"results": [{"_raw": TEXT}]},
        {"preview": False, "init_offset": 0, "messages": [], "results": [{"_raw": TEXT}]},
        {"message": json.dumps({"Records": [event(7)]})},
        {"Records": [{"message": json.dumps({"message": json.dumps({"message": TEXT})})}]},
    ],
    ids=lambda wrapper: json.dumps(wrapper)[:60],
)  # fmt: skip
@pytest.mark.parametrize(
    "write",
    [
        json.dumps,
        lambda each: json.dumps([each]),
        lambda each: json.dumps(each, indent=2),
        lambda each: lines([each]),
    ],
    ids=["alone", "list", "pretty", "line"],
)
def test_wrappers_come_off(read, wrapper, write):
    found = read(write(wrapper))
    assert found.data == [event(7)], found.messages
    assert found.records == [0] and not found.problems


def test_records_are_numbered_across_wrappers(read):
    found = read(
        lines(
            [
                {"logEvents": [{"message": TEXT}, {"message": TEXT}]},
                event(1),
                {"Records": [event(2), 3, event(4)]},
                event(5),
            ]
        )
    )
    assert found.records == [0, 1, 2, 3, 5, 6]
    assert found.told == [("SC402", 4)]


def test_a_record_wins_over_a_wrapper(read):
    odd = event(Records=[1], message="text", detail={}, results=[2], **{"detail-type": "x"})
    assert read(odd).data == [odd]
    assert read([odd]).data == [odd]


def test_too_many_wrappers_are_refused(read):
    wrapped = event()
    for _ in range(5):
        wrapped = {"message": json.dumps(wrapped)}
    found = read(wrapped)
    assert found.told == [("SC403", 0)]
    assert "4 times" in found.messages[0]


def test_wrappers_of_lists_nested_without_end_are_refused(read):
    found = read('{"Records":[' * 50 + "]}" * 50 + "\n" + lines(EVENTS))
    assert found.data == EVENTS
    assert found.told == [("SC403", 0)]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({}, "empty"),
        ({"a": 1, "b": 2}, "'a', 'b'"),
        ({"message": "no JSON"}, "'message'"),
        ({"message": 5}, "'message'"),
        ({"event": {"original": None}}, "'event'"),
        ({"Records": None}, "'Records'"),
        ({"hits": {"total": 0}}, "'hits'"),
        ({"detail-type": "EC2 Instance State-change", "detail": {"state": "running"}}, "'state'"),
        ({"x" * 5000: 1}, "xxx"),
    ],
)
def test_objects_of_another_shape_are_no_records(read, value, says):
    found = read([value, event()])
    assert found.data == [event()] and found.records == [1]
    assert found.told == [("SC403", 0)]
    assert says in found.messages[0] and len(found.messages[0]) < 200
    assert (found.problems[0].finding.line, found.problems[0].finding.column) == (1, 2)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"_source": {"@timestamp": "x"}}, "event.original"),
        ({"@timestamp": "x", "event": {"action": "x"}}, "event.original"),
        ({"result": {"_time": "x"}}, "_raw"),
    ],
)
def test_the_hint_says_what_to_export(read, value, says):
    (problem,) = read(value).problems
    assert problem.finding.code == "SC403" and says in problem.finding.hint


def test_broken_text_in_a_wrapper_is_a_broken_record(read):
    found = read(lines([{"message": '{"eventName": '}, {"message": '{"a": NaN}'}, event()]))
    assert found.records == [2]
    assert found.told == [("SC402", 0), ("SC402", 1)]
    assert "'message'" in found.messages[0] and found.problems[0].finding.line == 1


# What is left out knowingly


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"awsAccountId": "111122223333", "digestStartTime": "x", "logFiles": []}, "digest"),
        (event(eventCategory="Insight", insightDetails={}), "insight"),
        (event(eventType="AwsCloudTrailInsight"), "insight"),
        ({"detail-type": "AWS Insight via CloudTrail", "detail": event(eventCategory="Insight")},
         "insight"),
        ({"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "CWL CONTROL"}]},
         "control message"),
        ({"preview": False, "lastrow": True}, "status line"),
    ],
)  # fmt: skip
def test_what_is_no_event_is_counted_by_kind(read, value, kind):
    found = read(lines([value, event()]))
    assert found.data == [event()] and found.records == [1]
    assert not found.problems and found.reader.skipped == {kind: 1}


def test_insights_among_records_are_skipped(read):
    found = read({"Records": [event(1), event(2, eventCategory="Insight"), event(3)]})
    assert found.records == [0, 2]
    assert found.reader.skipped == {"insight": 1}


# Folders


def test_folders_are_read_as_s3_delivers_them(tmp_path):
    day = tmp_path / CLOUDTRAIL
    day.mkdir(parents=True)
    for number in (2, 0, 1):
        path = day / f"111122223333_CloudTrail_eu-central-1_{number}.json.gz"
        path.write_bytes(gzip.compress(json.dumps({"Records": [event(number)]}).encode()))
    for kind in ("CloudTrail-Digest", "CloudTrail-Insight"):
        other = tmp_path / CLOUDTRAIL.replace("CloudTrail", kind) / "x.json.gz"
        other.parent.mkdir(parents=True)
        other.write_bytes(b"never opened")
    found = Reading(tmp_path)
    assert found.data == [event(0), event(1), event(2)]
    assert found.records == [0, 0, 0]
    assert not found.problems
    assert found.reader.skipped == {"digest": 1, "insight": 1}


def test_a_digest_that_is_named_is_known_by_its_shape(tmp_path):
    path = tmp_path / "CloudTrail-Digest" / "x.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"digestStartTime": "x", "logFiles": []}))
    assert Reading(path).reader.skipped == {"digest": 1}
    path.write_text(json.dumps(event()))
    assert Reading(path).data == [event()]


def test_only_some_names_are_read_in_a_folder(tmp_path):
    names = ["a.json", "b.jsonl", "c.ndjson.gz", "d.log", "e.txt", "f.json.bak", "g"]
    for number, name in enumerate(names):
        (tmp_path / name).write_text(lines([event(number)]))
    hidden = tmp_path / ".git"
    hidden.mkdir()
    (hidden / "x.json").write_text(lines(EVENTS))
    found = Reading(tmp_path)
    assert found.data == [event(number) for number in range(4)]
    assert not found.problems
    assert Reading(tmp_path / "e.txt", hidden).data == [event(4), *EVENTS]


def test_the_order_is_stable(tmp_path):
    names = ["b/1.json", "a.json", "b.json", "b/a/1.json", "c/1.json"]
    random.Random(1).shuffle(names)
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(lines([event()]))
    found = [os.path.relpath(each.file, tmp_path) for each in Reading(tmp_path).events]
    assert found == ["a.json", "b/1.json", "b/a/1.json", "b.json", "c/1.json"]


def test_overlapping_paths_are_read_as_given(tmp_path):
    (tmp_path / "a.json").write_text(lines([event()]))
    assert Reading(tmp_path, tmp_path / "a.json").data == [event(), event()]


def test_links_in_folders(tmp_path):
    below = tmp_path / "logs" / "below"
    below.mkdir(parents=True)
    (below / "a.json").write_text(lines([event()]))
    (below / "up").symlink_to(tmp_path / "logs", target_is_directory=True)
    (below / "same.json").symlink_to(below / "a.json")
    (below / "gone.json").symlink_to(below / "nowhere.json")
    (below / "self.log").symlink_to(below / "gone.json")
    found = Reading(tmp_path / "logs")
    assert [os.path.basename(each.file) for each in found.events] == ["a.json", "same.json"]
    assert not found.problems


def test_what_is_no_regular_file_is_passed_over_in_a_folder(tmp_path):
    os.mkfifo(tmp_path / "fifo.json")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "null.json").symlink_to(os.devnull)
    (tmp_path / "z.json").write_text(lines([event()]))
    found = Reading(tmp_path)
    assert found.data == [event()] and not found.problems


def test_folders_nested_without_end(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    depth = 1500
    for _ in range(depth):
        os.mkdir("d")
        os.chdir("d")
    Path("x.json").write_text(lines([event()]))
    os.chdir(tmp_path)
    assert Reading("d").data == [event()]
    path = tmp_path / Path(*["d"] * depth)
    for _ in range(depth):  # deeper than what tidies up after the tests can go
        for each in path.iterdir():
            each.unlink() if each.is_file() else each.rmdir()
        path = path.parent


needs_permissions = pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 0)() == 0, reason="the superuser may read everything"
)


@needs_permissions
def test_what_may_not_be_opened_is_told(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(lines([event()]))
    path.chmod(0)
    folder = tmp_path / "b"
    folder.mkdir()
    folder.chmod(0)
    try:
        found = Reading(tmp_path)
    finally:
        folder.chmod(0o700)
    assert found.told == [("SC401", None)] * 2
    assert [problem.file for problem in found.problems] == [str(path), str(folder)]


def test_what_the_system_refuses_is_told(tmp_path, monkeypatch):
    """As above, for those who may read everything."""
    for name in ("a.json", "b/c.json", "d.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(lines([event()]))

    def refusing(original, name):
        def call(path, *arguments, **options):
            if os.path.basename(path) == name:
                raise PermissionError(13, "Permission denied")
            return original(path, *arguments, **options)

        return call

    monkeypatch.setattr(os, "scandir", refusing(os.scandir, "b"))
    monkeypatch.setattr("builtins.open", refusing(open, "a.json"))
    found = Reading(tmp_path)
    assert len(found.events) == 1
    assert found.told == [("SC401", None)] * 2
    assert [os.path.basename(problem.file) for problem in found.problems] == ["a.json", "b"]
    assert all("Permission denied" in message for message in found.messages)


def test_an_error_while_reading_keeps_what_was_read(tmp_path, monkeypatch):
    class Failing(io.BytesIO):
        def read(self, size=-1):
            got = super().read(size)
            if not got:
                raise OSError(5, "Input/output error")
            return got

    monkeypatch.setattr("builtins.open", lambda *a, **k: Failing(lines(EVENTS).encode()[:-9]))
    (tmp_path / "x.json").touch()
    found = Reading(tmp_path / "x.json")
    assert found.data == EVENTS[:4]
    assert found.messages == ["Input/output error"]


# Paths, standard input


def test_missing_paths_are_listed_before_reading(tmp_path):
    (tmp_path / "a.json").write_text(lines([event()]))
    gone, odd = str(tmp_path / "gone.json"), "a\0b"
    some = EventReader([gone, str(tmp_path), odd, ""], pytest.fail)
    assert some.missing == [gone, odd, ""]
    assert len(list(some)) == 1


def test_a_link_to_nowhere_is_told(tmp_path):
    (tmp_path / "x.json").symlink_to(tmp_path / "nowhere")
    found = Reading(tmp_path / "x.json")
    assert found.told == [("SC401", None)] and not found.reader.missing


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\ufeff", "\n"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_empty_files_are_told_where_they_were_named(tmp_path, text, pack):
    path = tmp_path / "x.json"
    path.write_bytes(pack(text.encode()))
    found = Reading(path)
    assert found.told == [("SC401", None)] and "empty" in found.messages[0]
    assert not Reading(tmp_path).problems


@pytest.mark.parametrize("text", ["[]", '{"Records": []}', '{"hits":{"hits":[]}}', "[[], []]"[1:3]])
def test_no_records_are_no_problem(read, text):
    found = read(text)
    assert not found.events and not found.problems


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_standard_input(stdin, pack):
    stdin(pack(lines(EVENTS).encode()))
    found = Reading("-")
    assert found.data == EVENTS
    assert {each.file for each in found.events} == {"-"}


def test_standard_input_that_is_empty_or_missing(stdin, monkeypatch):
    stdin(b"")
    assert "empty" in Reading("-").messages[0]
    for none in (None, io.StringIO("[]")):
        monkeypatch.setattr(sys, "stdin", none)
        assert Reading("-").told == [("SC401", None)]


def test_standard_input_in_typers_runner():
    app = typer.Typer()

    @app.command()
    def main() -> None:
        found = Reading("-")
        typer.echo(f"{len(found.events)} {len(found.problems)}")

    for packed in (lines(EVENTS).encode(), gzip.compress(lines(EVENTS).encode())):
        assert CliRunner().invoke(app, [], input=packed).stdout == "5 0\n"


def test_a_fifo_that_is_named(tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(lines(EVENTS),))
    writer.start()
    assert Reading(path).data == EVENTS
    writer.join()


def test_events_of_a_pipe_are_seen_as_they_come():
    program = """
import sys
from sigmacast.events import EventReader
for event in EventReader(["-"], print):
    print(event.record, flush=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as child:
        for number in range(3):
            child.stdin.write(lines([event(number)]).encode())
            child.stdin.flush()
            assert child.stdout.readline() == b"%d\n" % number
        child.stdin.close()
        assert child.wait() == 0


# Broken records: the rest is read

BALANCED = [
    '{"eventName": }',
    '{"eventName" "x"}',
    '{"eventName": "x" "y"}',
    '{"eventName": "x",}',
    "{eventName: 'x'}",
    '{"n": NaN}',
    '{"n": -Infinity}',
    '{"n": 1e999}',
    '{"a": tru, "b": [1, {"c": "}]"}]}',
    '{"a": "\\x"}',
    '{"a": [1 2], "b": "\\"]}"}',
    "nope",
]
UNBALANCED = [
    '{"eventName": "x',
    '{"a": {"b": "x"}',
    '{"a": ["b", "c"}',
    '{"a": "x", "b": {"c": [1, 2, ',
    '{"a": x", "b": "{"}',
]


@pytest.mark.parametrize("broken", BALANCED)
@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    "frame", ["[{}]", '{{"Records":[{}]}}', '{{"a":1,"hits":{{"hits":[{}]}},"b":2}}']
)
def test_a_broken_record_in_a_list_loses_nothing_else(read, broken, place, frame):
    texts = [json.dumps({"n": event(number)}["n"]) for number in range(3)]
    texts.insert(place, broken)
    found = read(frame.format(", ".join(texts)))
    assert found.data == EVENTS[:3]
    assert found.records == [number for number in range(4) if number != place]
    assert found.told == [("SC402", place)]


@pytest.mark.parametrize("broken", [*BALANCED, *UNBALANCED, "}", "]", '"x', "\x01\x02", "1 2 x"])
@pytest.mark.parametrize("place", range(4))
def test_a_broken_line_loses_nothing_else(read, broken, place):
    texts = [json.dumps(event(number)) for number in range(3)]
    texts.insert(place, broken)
    found = read("\ufeff" + "\n".join(texts) + "\n")
    assert found.data == EVENTS[:3]
    assert found.problems and {code for code, _ in found.told} == {"SC402"}
    assert found.problems[0].record == place and found.problems[0].finding.line is not None


@pytest.mark.parametrize("broken", UNBALANCED)
@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize(
    "join",
    [
        lambda texts: f'{{"Records":[{",".join(texts)}]}}',  # by the key that events begin with
        lambda texts: f"[\n  {', '.join(texts)}\n]",
        lambda texts: "[" + ",\n ".join(texts) + "]",
    ],
)
def test_a_record_without_end_in_a_list_of_events_loses_nothing_else(read, broken, place, join):
    texts = [json.dumps(event(number)) for number in range(3)]
    texts.insert(place, broken)
    found = read(join(texts))
    assert found.data == EVENTS[:3]
    assert found.problems[0].record == place and found.problems[0].finding.code == "SC402"


@pytest.mark.parametrize("cut", ['"x": {', '"x": "y', '"x": ['])
def test_a_record_without_end_in_a_pretty_list_loses_nothing_else(read, cut):
    """By the indentation, whatever key records begin with."""
    texts = [json.dumps({"awsRegion": "x", "eventName": f"n{n}"}, indent=4) for n in range(3)]
    texts[1] = "{\n    " + cut
    pretty = "[\n" + ",\n".join(texts).replace("\n", "\n    ") + "\n]\n"
    pretty = pretty.replace("[\n{", "[\n    {")
    found = read(pretty)
    assert [each["eventName"] for each in found.data] == ["n0", "n2"]
    assert found.told == [("SC402", 1)]


def test_a_record_whose_end_cannot_be_found_is_said_to_hide_the_rest(read):
    found = read('[{"eventName":"a"},{"awsRegion":"b, "eventName":"c"},{"awsRegion":"d"}]')
    assert found.data == [{"eventName": "a"}]
    assert found.told == [("SC402", 1)]
    assert found.messages[0].endswith("the rest of the file was given up")


def test_a_missing_brace_is_made_up_for_where_the_list_ends(read):
    found = read('{"Records":[{"a": {"b": 1},{"eventName":"x"}],"c":1}\n' + lines(EVENTS))
    assert found.data == EVENTS
    assert found.told == [("SC402", 0)]
    assert "may be lost" in found.messages[0]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('[{"eventName":"a"},\n {"eventName" 5},\n {"eventName":"c"}]', 2, 15),
        ('{"Records":[{"eventName":"a"},{"eventName":x},{"eventName":"c"}]}', 1, 44),
        ('{"eventName":"a"}\n{"eventName":"b"\n{"eventName":"c"}\n', 3, 1),
        ('\n\n{"eventName":"a"}\n\nx\n{"eventName":"c"}\n', 5, 1),
        ('{\n"eventName":"a"\n}\n{\n "eventName":"b",\n "x": }\n{"eventName":"c"}', 6, 7),
        ('[{"eventName":"a"},\n  7, {"eventName":"c"}]', 2, 3),
        ('{"eventName":"a"}\n  {"other": 1}\n{"eventName":"c"}', 2, 3),
    ],
)
@pytest.mark.parametrize("chunk", [1, 7, 65536])
def test_line_and_column_are_those_of_the_defect(read, monkeypatch, chunk, text, line, column):
    monkeypatch.setattr(content, "CHUNK", chunk)
    found = read(text)
    assert [each["eventName"] for each in found.data] == ["a", "c"]
    (problem,) = found.problems
    assert problem.record == 1
    assert (problem.finding.line, problem.finding.column) == (line, column)


@pytest.mark.parametrize(
    ("value", "called"),
    [
        ("5", "a number"),
        ("-1.5", "a number"),
        ('"x"', "text"),
        ("null", "null"),
        ("true", "a boolean"),
        ("[1]", "a list"),
    ],
)
def test_records_that_are_no_objects(read, value, called):
    found = read(f'{{"Records": [{value}, {TEXT}]}}')
    assert found.records == [1] and found.told == [("SC402", 0)]
    assert found.messages == [f"a record is an object, not {called}"]


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("-Infinity", "Infinity"),
        ("1e999", "too large"),
        ("9" * 5000, "digits"),
    ],
)
@pytest.mark.parametrize("frame", ["{}", "[{}]", '{{"message": {}}}'])
def test_numbers_that_are_none(read, number, says, frame):
    if says == "digits" and not hasattr(sys, "get_int_max_str_digits"):
        pytest.skip("this Python takes any number of digits")
    text = f'{{"eventName": "x", "n": [{number}]}}'
    found = read(frame.format(json.dumps(text) if "message" in frame else text) + "\n" + TEXT)
    assert found.data == [event(7)]
    assert found.told == [("SC402", 0)] and says in found.messages[0]


def test_many_broken_records_end_a_file_that_is_no_json(tmp_path):
    (tmp_path / "a.log").write_text("Nov 24 10:00:00 host sshd: hello {world}\n" * 5000)
    (tmp_path / "b.log").write_text(lines([event()]) + "oops\n" * 500 + lines([event()]))
    found = Reading(tmp_path)
    assert found.records == [0, 501]
    assert len(found.problems) == reader.GIVE_UP_AFTER + 1 + 500
    assert "given up" in found.messages[reader.GIVE_UP_AFTER]


# Files that end too early, or are damaged


def test_a_truncated_file_gives_its_complete_records(read):
    text = json.dumps({"Records": EVENTS})
    for end in range(len(text) // 2, len(text)):
        complete = [each for each in EVENTS if json.dumps(each) in text[:end]]
        found = read(text[:end])
        assert found.data == complete
        assert len(found.problems) == 1, found.messages


@pytest.mark.parametrize(
    ("end", "says", "record"),
    [
        (-1, "middle of", None),
        (-2, "list", None),
        (-3, "middle of this record", 4),
        (-100, "middle of this record", 4),
    ],
)
def test_a_truncated_file_says_where(read, end, says, record):
    found = read(json.dumps({"Records": EVENTS})[:end])
    assert len(found.data) == 4 + (record is None)
    (problem,) = found.problems
    assert problem.record == record and says in problem.finding.message
    assert problem.finding.code == ("SC401" if record is None else "SC402")
    assert problem.finding.line == 1


def many(count: int) -> list[dict]:
    """Events that do not pack well, so that damage has a place."""
    noise = random.Random(7)
    return [event(n, requestID=f"{noise.getrandbits(4000):x}") for n in range(count)]


def test_truncated_gzip_gives_its_complete_records(read):
    events = many(100)
    packed = gzip.compress(json.dumps({"Records": events}).encode())
    found = read(packed[: len(packed) // 2])
    assert found.data == events[: len(found.data)] and 40 < len(found.data) < 60
    assert found.told == [("SC401", None)] and "too early" in found.messages[0]


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_damaged_gzip_gives_what_lies_before_the_damage(read, part):
    events = many(300)
    packed = bytearray(gzip.compress(json.dumps({"Records": events}).encode()))
    middle = int(len(packed) * part)
    packed[middle : middle + 40] = b"\xff" * 40
    found = read(bytes(packed))
    assert found.data[:30] == events[:30]
    # zlib notices damage a little later than where it is.
    assert len(found.data) > 300 * part - 30
    assert ("SC401", None) in found.told
    assert any("damaged" in message for message in found.messages)


def test_a_wrong_checksum_and_what_follows_gzip_are_told_after_the_events(read):
    packed = gzip.compress(lines(EVENTS).encode())
    for bad in (packed[:-8] + b"\0" * 8, packed + b"garbage"):
        found = read(bad)
        assert found.data == EVENTS
        assert found.told == [("SC401", None)]


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\x7fELF\x02\x01\x01" + b"\0" * 100,
        b"PAR1\x15\x04\0\0",
        gzip.compress(b"\0\1\2\3", mtime=0),
        b"\x1f\x8b",
        b"\x1f\x8b\x08garbage that is not gzip at all",
    ],
)
def test_binary_files_are_told_once(read, data):
    found = read(data)
    assert not found.events and found.told == [("SC401", None)]


def test_random_bytes_end_in_problems(read):
    noise = random.Random(3)
    for size in (1, 10, 1000, 100_000):
        found = read(noise.randbytes(size))
        assert not found.events and found.problems


def test_bytes_that_are_not_utf_8_are_told_once(read):
    texts = [json.dumps(event(userAgent=f"caf@ {n}")).encode() for n in range(4)]
    found = read(b"\n".join(texts[:2] + [b""] + [t.replace(b"@", b"\xe9") for t in texts[2:]]))
    assert [each["userAgent"] for each in found.data] == ["caf@ 0", "caf@ 1", "caf� 2", "caf� 3"]
    (problem,) = found.problems
    assert (problem.record, problem.finding.line) == (None, 4)
    assert "UTF-8" in problem.finding.message and "0xe9" in problem.finding.message


def test_a_character_cut_in_two_by_the_end(read):
    found = read(lines(EVENTS).encode() + '"é'.encode()[:-1])
    assert found.data == EVENTS
    assert len(found.problems) == 2


@pytest.mark.parametrize("escape", ["\\ud800", "\\uD800", "\\udfff x", "\\udc00\\ud800"])
@pytest.mark.parametrize("frame", ["{}", '{{"Records":[{}]}}', "message"])
def test_lone_surrogates_become_writable(read, escape, frame):
    text = f'{{"eventName": "a{escape}", "b{escape}": [{{"c": "{escape}"}}]}}'
    found = read(json.dumps({"message": text}) if frame == "message" else frame.format(text))
    (data,) = found.data
    assert "\ufffd" in data["eventName"]
    json.dumps(data, ensure_ascii=False).encode()


def test_pairs_of_surrogates_are_characters(read):
    assert read('{"eventName": "\\ud83d\\ude00"}').data == [{"eventName": "\U0001f600"}]


# Too large, too deep, too much


@pytest.fixture
def small(monkeypatch):
    """Bounds that tests can reach."""
    monkeypatch.setattr(stream, "MAX_CHARACTERS", 20_000)
    monkeypatch.setattr(stream, "UNFOLD_FROM", 2_000)
    monkeypatch.setattr(content, "CHUNK", 1_000)


LARGE = [
    event(1, userAgent="x" * 30_000),
    event(1, userAgent='"\\{[' * 10_000),
    event(1, requestParameters=[{"eventVersion": n} for n in range(3_000)]),
    event(1, **{f"k{n}": n for n in range(5_000)}),
    ["x" * 30_000],
    "x" * 30_000,
]


@pytest.mark.parametrize("large", LARGE, ids=range(len(LARGE)))
@pytest.mark.parametrize(
    "write",
    [
        json.dumps,
        lambda items: json.dumps({"Records": items}),
        lambda items: json.dumps({"first": 1, "Records": items, "last": 2}),
        lines,
        lambda items: json.dumps(items, indent=2),
    ],
)
def test_a_record_that_is_too_large_is_passed_over(read, small, large, write):
    if write is lines and isinstance(large, list):
        large = large[0]  # a list on a line of its own would be a list of records
    found = read(write([event(0), large, event(2)]))
    assert found.data == [event(0), event(2)]
    assert found.told == [("SC402", 1)] and "larger than 16 MiB" in found.messages[0]


def test_a_list_may_be_longer_than_a_record(read, small):
    events = [event(number) for number in range(200)]
    originals = [{"_source": {"event.original": json.dumps(each)}} for each in events]
    for value in (
        events,
        {"Records": events},
        {"a": 1, "Records": events},
        {"took": 1, "hits": {"total": 3, "hits": originals}},
        {"preview": False, "messages": [], "results": [{"_raw": json.dumps(e)} for e in events]},
        {"logEvents": [{"message": json.dumps(e)} for e in events]},
        {"events": [{"message": json.dumps(e)} for e in events], "nextToken": "x"},
    ):  # fmt: skip
        for indent in (None, 2):
            found = read(json.dumps(value, indent=indent))
            assert found.data == events and not found.problems
            assert found.records == list(range(200))


def test_a_large_record_is_read_whole(read, small):
    large = event(1, userAgent="x" * 15_000, Records=[1], hits={"hits": [2]})
    assert read([event(0), large]).data == [event(0), large]
    assert read(lines([event(0), large])).data == [event(0), large]


def test_a_large_record_is_unfolded_only_if_it_is_none(read, small):
    odd = {"hits": {"total": 1, "text": "x" * 5_000}, "events": "none"}
    found = read([odd, event(1)])
    assert found.records == [1] and found.told == [("SC403", 0)]


def test_a_record_of_too_many_values(read, monkeypatch):
    monkeypatch.setattr(stream, "MAX_VALUES", 1_000)
    monkeypatch.setattr(stream, "UNFOLD_FROM", 2_000)
    monkeypatch.setattr(content, "CHUNK", 1_000)
    found = read([event(0), event(1, x=[[] for _ in range(9_000)]), event(2)])
    assert found.records == [0, 2] and "values" in found.messages[0]


def nested(depth: int) -> str:
    return '{"eventName":"x","a":' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


@pytest.mark.parametrize("depth", [101, 500, 2_000, 100_000])
@pytest.mark.parametrize("frame", ["[{},{}]", '{{"Records":[{},{}]}}', "{}\n{}"])
def test_deep_nesting_is_refused(read, depth, frame):
    found = read(frame.format(nested(depth), TEXT))
    assert found.data == [event(7)]
    assert found.told == [("SC402", 0)] and "100 levels" in found.messages[0]


def test_deep_nesting_in_a_wrapper_is_refused(read):
    found = read(lines([{"message": nested(101)}, {"message": nested(5_000)}, event()]))
    assert found.records == [2] and found.told == [("SC402", 0), ("SC402", 1)]


def test_depth_within_the_bound_is_read(read):
    assert len(read(f"[{nested(100)}]").data) == 1
    many_brackets = event(requestParameters=[{"a": []}] * 500, userAgent="[{" * 500)
    assert read([many_brackets]).data == [many_brackets]


@pytest.mark.parametrize("text", ["[" * 3_000_000, '{"a":' * 500_000, "[{" * 1_000_000])
def test_brackets_without_end(read, text):
    found = read(text)
    assert not found.events and found.problems


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return (
        packer.compress(lines(EVENTS).encode())
        + b"".join(packer.compress(b" " * 65536) for _ in range(size // 65536))
        + packer.flush()
    )


def test_a_gzip_bomb_is_given_up(read, monkeypatch):
    monkeypatch.setattr(content, "MAX_UNPACKED", 1024 * 1024)
    found = read(bomb(8 * 1024 * 1024))
    assert found.data == EVENTS
    assert found.told == [("SC401", None)] and "250 times" in found.messages[0]


def test_what_packs_well_and_is_no_bomb_is_read(read):
    found = read(bomb(8 * 1024 * 1024))
    assert found.data == EVENTS and not found.problems


MEASURE = """
import sys
from sigmacast.events import EventReader
def peak():  # getrusage would count what the parent had before it started this
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) // 1024
before = peak()
reader = EventReader(sys.argv[1:], lambda problem: None)
for event in reader:
    pass
print(reader.count, reader.unreadable, peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells the peak here")
@pytest.mark.parametrize("kind", ["records", "bomb", "one record", "spaces"])
def test_memory_is_constant(tmp_path, kind):
    path = tmp_path / "x.json"
    event_text = json.dumps(event())
    if kind == "bomb":
        path.write_bytes(bomb(300 * 1024 * 1024))
        expected = (5, 1)
    else:
        with path.open("w") as file:
            if kind == "records":
                file.write('{"Records":[' + f"{event_text}," * 100_000 + f"{event_text}]}}")
                expected = (100_001, 0)
            elif kind == "one record":
                file.write(f'[{event_text},{{"eventName":"{"x" * 100_000_000}"}},{event_text}]')
                expected = (2, 1)
            else:
                file.write(f"[{event_text}{' ' * 80_000_000},{event_text}]")
                expected = (2, 0)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, path], capture_output=True, text=True, check=True
    )
    count, unreadable, megabytes = map(int, done.stdout.split())
    assert (count, unreadable) == expected
    assert megabytes < 60


@pytest.mark.parametrize(
    "text",
    [
        TEXT + "\n" + "{x\n" * 30_000,
        TEXT + "\n" + '{"a":1}\n' * 30_000,
        f"[{TEXT}{',{x}' * 30_000}]",
        f"[{TEXT}{',1' * 30_000}]",
        f"[{TEXT}{'}' * 300_000}",
        f"[{TEXT}{'},{' * 30_000}",
        TEXT + ' {"a":"' + '\\"' * 1_000_000,
        TEXT + ' {"a":' + "[" * 1_000_000 + "}" * 1_000_000,
        TEXT + ' {"a":"' + "b" * 2_000_000 + '"}\n' + "{x\n" * 30_000,
        TEXT + "\n" + '{"a":"b\n' * 30_000,
        TEXT + "," * 1_000_000,
    ],
    ids=lambda text: text[-12:],
)
def test_hostile_files_take_linear_time(read, text):
    begin = time.perf_counter()
    assert read(text).data == [event(7)]
    assert time.perf_counter() - begin < 10


def test_a_large_record_is_not_scanned_over_and_over(read, monkeypatch):
    monkeypatch.setattr(content, "CHUNK", 1_000)
    large = event(userAgent="x" * 3_000_000)
    begin = time.perf_counter()
    assert read([large]).data == [large]
    assert time.perf_counter() - begin < 5


def test_the_bounds_are_those_of_the_documentation():
    assert values.MAX_CHARACTERS == 16 * 1024 * 1024 and values.MAX_DEPTH == 100
    assert content.MAX_UNPACKED == 256 * 1024 * 1024 and content.MAX_RATIO == 250
