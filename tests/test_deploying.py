"""``sigmacast convert -f``: deployments, and what is made with them, from the command line."""

from __future__ import annotations

import json
import re
import socket
import tarfile
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from conftest import ROOT, RULE, detection
from proofs import kibana_rule, splunk_conf
from sigmacast.deployment import defaults

SEED = ROOT / "sigma/rules/cloud/aws/cloudtrail/aws_cloudtrail_iam_user_created_by_ec2_role.yml"
CORPUS = ROOT.parent / "shared" / "corpus" / "sigmahq-cloudtrail"
SCHEMA = json.loads((ROOT / "sigma/deployments/deployment.schema.json").read_text())
RULE_ID = "0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*arguments, **options):
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def deploy(tmp_path: Path):
    """Write a rule and its deployment, given without the key ``rule``; the rule's path."""

    def write(deployment: str | None, rule: str = RULE, name: str = "rule") -> Path:
        path = tmp_path / "rules" / f"{name}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(rule, encoding="utf-8")
        if deployment is not None:
            beside = tmp_path / "deployments" / "rules" / f"{name}.yml"
            beside.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(f"rule: {RULE_ID}\n{deployment}", encoding="utf-8")
        return path

    return write


def rules_of(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


# --- the detection that the project starts from ---


def test_the_seed_in_kibana_is_what_it_is_there(run):
    (rule,) = rules_of(run("convert", "-t", "kql", "-f", "rule", SEED).out)
    expected = {
        "type": "new_terms",
        "language": "kuery",
        "query": 'event.dataset: "aws.cloudtrail" and event.provider: "iam.amazonaws.com" and '
        'event.action: "CreateUser" and event.outcome: "success" and '
        'aws.cloudtrail.user_identity.type: "AssumedRole" and '
        "aws.cloudtrail.user_identity.arn: *i-*",
        "new_terms_fields": ["aws.cloudtrail.user_identity.arn"],
        "history_window_start": "now-10d",
        "index": ["filebeat-*", "logs-aws.cloudtrail-*"],
        "severity": "medium",
        "risk_score": 47,
        "interval": "5m",
        "from": "now-9m",
        "max_signals": 100,
        "timestamp_override": "event.ingested",
        "investigation_fields": {
            "field_names": [
                "@timestamp",
                "user.name",
                "user_agent.original",
                "source.ip",
                "aws.cloudtrail.user_identity.arn",
                "aws.cloudtrail.user_identity.type",
                "aws.cloudtrail.user_identity.access_key_id",
                "event.action",
                "event.outcome",
                "cloud.account.id",
                "cloud.region",
                "aws.cloudtrail.request_parameters",
                "aws.cloudtrail.response_elements",
            ]
        },
        "tags": [
            "Domain: Cloud",
            "Data Source: AWS",
            "Data Source: Amazon Web Services",
            "Data Source: AWS IAM",
            "Use Case: Identity and Access Audit",
            "Tactic: Persistence",
        ],
    }
    assert {key: rule[key] for key in expected} == expected
    (entry,) = rule["threat"]
    assert entry["tactic"]["id"] == "TA0003"
    ((technique,), (part,)) = (entry["technique"], entry["technique"][0]["subtechnique"])
    assert (technique["id"], part["id"]) == ("T1136", "T1136.003")


def test_one_guide_names_the_fields_of_each_siem(run):
    (kibana,) = rules_of(run("convert", "-t", "kql", "-f", "rule", SEED).out)
    splunk = run("convert", "-f", "savedsearches", SEED).out
    assert "`aws.cloudtrail.user_identity.arn`" in kibana["note"]
    assert "`userIdentity.arn`" in splunk and "aws.cloudtrail" not in splunk
    assert "{{" not in kibana["note"] + splunk


def test_the_seed_as_an_app(run, tmp_path):
    output = tmp_path / "acme_detections-1.2.0.tar.gz"
    assert run("convert", "-f", "app", "-o", output, SEED).code == 0
    confs = splunk_conf.prove_package(output)
    (search,) = confs["savedsearches"].values()
    assert "| stats min(_indextime) as first_seen" in search["search"]
    assert search["dispatch.earliest_time"] == "-10d"
    assert confs["app"]["id"] == {"name": "acme_detections", "version": "1.2.0"}
    before = output.read_bytes()
    run("convert", "-f", "app", "-o", output, SEED)
    assert output.read_bytes() == before, "the same rules make the same archive"


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the repository")
@pytest.mark.parametrize("target", ["kql", "lucene", "eql", "esql"])
def test_the_corpus_in_kibana(run, tmp_path, target):
    output = tmp_path / "rules.ndjson"
    result = run("convert", "-t", target, "-f", "rule", "-o", output, CORPUS)
    assert result.err.count("error[") == 1, "one rule compares two fields"
    assert len(kibana_rule.prove_file(output.read_text())) == 37


@pytest.mark.slow
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the repository")
def test_the_corpus_in_splunk(run, tmp_path):
    assert run("convert", "-f", "app", "-o", tmp_path / "corpus.spl", CORPUS).code == 0
    confs = splunk_conf.prove_package(tmp_path / "corpus.spl")
    assert len(confs["savedsearches"]) == 38
    assert run("convert", "-f", "contentctl", "-o", tmp_path / "detections/", CORPUS).code == 0
    assert len(list((tmp_path / "detections").iterdir())) == 38


# --- what a rule gets without a deployment ---


@pytest.mark.parametrize("level", list(defaults()["levels"]))
def test_a_rule_without_a_deployment_gets_what_its_level_says(run, deploy, level):
    rule = deploy(None, RULE.replace("level: low", f"level: {level}"))
    (made,) = rules_of(run("convert", "-t", "kql", "-f", "rule", rule).out)
    expected = defaults()["levels"][level]
    assert (made["severity"], made["risk_score"]) == (expected["severity"], expected["risk_score"])
    assert made["interval"] == expected["interval"]
    assert made["enabled"] is False
    page = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| {level}") and "0m" in line]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    interval = expected["interval"]
    lookback = f"{int(interval[:-1]) + 15}m"
    assert cells[1:] == [
        expected["severity"],
        str(expected["risk_score"]),
        interval,
        lookback,
        str(expected["splunk_severity"]),
    ]
    assert made["from"] == f"now-{lookback}"


def test_bare_queries_never_read_a_deployment(run, deploy):
    rule = deploy("nonsense: true\n")
    assert run("convert", "-t", "kql", rule).code == 0
    assert run("convert", "-t", "kql", "-f", "rule", rule).code == 1


def test_the_schema_that_editors_read_is_one_and_says_the_defaults():
    Draft202012Validator.check_schema(SCHEMA)
    keys = SCHEMA["properties"]
    assert keys["first_seen"]["properties"]["history"]["default"] == defaults()["history"]
    elastic = keys["elastic"]["properties"]
    assert elastic["timestamp_override"]["default"] == defaults()["elastic"]["timestamp_override"]
    assert all("description" in each for each in keys.values())


def test_the_deployment_in_the_docs_follows_the_schema():
    page = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert list(Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(text))) == []


def test_each_shipped_rule_has_a_deployment():
    rules = {path.name for path in (ROOT / "sigma" / "rules").rglob("*.yml")}
    folder = ROOT / "sigma" / "deployments" / "rules"
    assert {path.name for path in folder.rglob("*.yml")} == rules


# --- deployments that cannot be used ---


@pytest.mark.parametrize(
    ("deployment", "place", "message", "hint"),
    [
        ("schedule:\n    intervall: 5m\n", "3:5", "unknown key 'intervall'", "'interval'"),
        ("shedule: {}\n", "2:1", "unknown key 'shedule'", "'schedule'"),
        ("schedule:\n    interval: 5 minutes\n", "3:5", "schedule.interval", "such as 5m"),
        ("risk_score: 101\n", "2:1", "risk_score: 101 is greater", "from 0 to 100"),
        ("first_seen:\n    history: 5d\n", "2:1", "'fields' is a required property", "first time"),
        ("exceptions: []\n", "2:1", "exceptions: [] is not of type 'object'", "Selections"),
        ("splunk:\n    security_domain: cloud\n", "3:5", "'cloud' is not one of", "domain"),
        ("investigation:\n    fields: [userIdentity.arm]\n", "3:14", "SC602", "userIdentity.arn"),
        ("setup: 'see {{userAgnet}}'\n", "2:1", "SC602", "userAgent"),
        ("exceptions:\n    a:\n        b|bogus: c\n", "", "Unknown modifier", ""),
        ("exceptions:\n    a:\n        - 3\n        - {}\n", "5:11", "SC006", ""),
        ("schedule: {interval: 7m}\nsplunk: {}\n", "2:", "SC607", "cron"),
    ],
)
def test_what_is_wrong_with_a_deployment_is_told_at_its_place(
    run, deploy, deployment, place, message, hint
):
    result = run("convert", "-f", "savedsearches", deploy(deployment))
    assert (result.code, result.out) == (1, "")
    assert f"rule.yml:{place}" in result.err
    assert message in result.err and hint in result.err
    assert "Traceback" not in result.err and "SC900" not in result.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"rule: [", "rule.yml:"),
        (b"\xff\xfe", "rule.yml"),
        (b"- a\n- b\n", "one YAML mapping"),
        (b"", "one YAML mapping"),
        (b"rule: another\n", "is for the rule another"),
        (b"enabled: true\n", "'rule' is a required property"),
        (b"rule: x\nsetup: " + b"x" * 2_000_000, "larger than 1 MiB"),
        (b"a: &a [1, 2]\nb: " + b"[*a, *a]" * 1 + b"\n", "unknown key 'a'"),
        (b"rule: !!python/object/apply:os.system ['true']\n", "is not of type 'string'"),
    ],
)
def test_files_that_are_no_deployments(run, deploy, text, message):
    rule = deploy("")
    beside = rule.parent.parent / "deployments" / "rules" / "rule.yml"
    beside.write_bytes(text)
    result = run("convert", "-t", "kql", "-f", "rule", rule)
    assert (result.code, result.out) == (1, "")
    assert message in result.err and "SC900" not in result.err


def test_one_bad_deployment_stops_no_other_rule(run, deploy, tmp_path):
    deploy("nonsense: true\n")
    other = RULE.replace(RULE_ID, "2d1f0b1a-4c1e-4e7f-9b57-1f5a6a3f2c11")
    deploy(None, other.replace("A user is", "Another user is"), name="other")
    result = run("convert", "-t", "kql", "-f", "rule", tmp_path / "rules")
    assert result.code == 1
    assert [rule["name"] for rule in rules_of(result.out)] == ["Another user is created"]
    assert "1 made, 1 not" in result.err


# --- the parts of a deployment ---


def test_exceptions_are_left_out_of_the_query(run, deploy):
    exceptions = "exceptions:\n    home:\n        awsRegion: eu-west-1\n"
    (rule,) = rules_of(run("convert", "-t", "kql", "-f", "rule", deploy(exceptions)).out)
    assert rule["query"].endswith('and not cloud.region: "eu-west-1"')


def test_a_deployment_may_be_given_by_hand(run, deploy, tmp_path):
    rule = deploy("risk_score: 10\n")
    given = tmp_path / "mine.yml"
    given.write_text(f"rule: {RULE_ID}\nrisk_score: 99\n")
    for path in (given, tmp_path / "folder"):
        if path != given:
            path.mkdir()
            given.rename(path / "mine.yml")
        arguments = ("convert", "-t", "kql", "-f", "rule", "--deployment", path, rule)
        (made,) = rules_of(run(*arguments).out)
        assert (made["risk_score"], made["severity"]) == (99, "critical")
    missing = run("convert", "-t", "kql", "-f", "rule", "--deployment", "gone.yml", rule)
    assert missing.code == 2 and "gone.yml: no such file" in missing.err


def test_the_time_that_splunk_searches_has_no_gap(run, deploy):
    """Each run looks at one interval, as long ago as the look-back leaves for late events."""
    schedule = "schedule:\n    interval: 10m\n    lookback: 25m\n"
    stanzas = splunk_conf.prove_savedsearches(
        run("convert", "-f", "savedsearches", deploy(schedule)).out
    )
    (found,) = stanzas.values()
    assert found["cron_schedule"] == "*/10 * * * *"
    assert found["dispatch.earliest_time"] == "-25m@m"
    assert found["dispatch.latest_time"] == "-15m@m"


@pytest.mark.parametrize(
    ("interval", "cron"),
    [
        ("1m", "* * * * *"),
        ("5m", "*/5 * * * *"),
        ("60m", "0 * * * *"),
        ("2h", "0 */2 * * *"),
        ("1440m", "0 0 * * *"),
        ("1d", "0 0 * * *"),
        ("90m", None),
        ("7m", None),
        ("5h", None),
        ("30s", None),
        ("2d", None),
    ],
)
def test_intervals_become_cron_or_are_refused(run, deploy, interval, cron):
    result = run("convert", "-f", "savedsearches", deploy(f"schedule:\n    interval: {interval}\n"))
    assert (f"cron_schedule = {cron}\n" in result.out) if cron else ("SC607" in result.err)


def test_keys_are_passed_through(run, deploy):
    keys = "splunk:\n    savedsearches:\n        action.email: true\n        alert.severity: 6\n"
    out = run("convert", "-f", "savedsearches", deploy(keys)).out
    assert "\naction.email = 1\n" in out and "\nalert.severity = 6\n" in out
    assert out.count("alert.severity") == 1


def test_the_other_attack_version(run, deploy):
    tags = "tags:\n    - attack.stealth\n    - attack.t1685.002\nlevel"
    rule = deploy(None, RULE.replace("level", tags))
    old = rules_of(run("convert", "-t", "kql", "-f", "rule", rule).out)[0]
    new = rules_of(run("convert", "-t", "kql", "-f", "rule", "--attack", "v19", rule).out)[0]
    assert "Tactic: Defense Evasion" in old["tags"]
    assert "Defense Evasion" not in json.dumps(new["threat"])
    for stack, same in (("8.19", old), ("9.x", old), ("9.4", old), ("9.5", new), ("9.12", new)):
        (made,) = rules_of(run("convert", "-t", "kql", "-f", "rule", "--stack", stack, rule).out)
        assert made == same, stack
    wrong = run("convert", "-t", "kql", "-f", "rule", "--attack", "v3", rule)
    assert wrong.code == 2 and "v18 or v19" in wrong.err


# --- first seen ---


FIRST_SEEN = "first_seen:\n    fields:\n        - awsRegion\n    history: 7d\n"


def test_first_seen_can_be_left_out_and_asked_for(run, deploy):
    rule = deploy(FIRST_SEEN)
    with_it = rules_of(run("convert", "-t", "kql", "-f", "rule", rule).out)[0]
    without = rules_of(run("convert", "-t", "kql", "-f", "rule", "--no-first-seen", rule).out)[0]
    assert (with_it["type"], without["type"]) == ("new_terms", "query")
    plain = run("convert", "-t", "esql", rule).out
    asked = run("convert", "-t", "esql", "--first-seen", rule).out
    assert "stats" not in plain and asked.startswith(plain.rstrip("\n"))
    assert asked.count("\n") == 1, "one query a line"
    unsaid = run("convert", "-t", "eql", "--first-seen", rule)
    assert unsaid.code == 0 and "SC604" in unsaid.err and "stats" not in unsaid.out
    nothing = run("convert", "-t", "esql", "--first-seen", deploy(None, name="other"))
    assert "SC604" in nothing.err and "names no first_seen" in nothing.err


def test_first_seen_is_not_for_correlations(run, deploy):
    text = (ROOT / "tests/deployed/rules/count_events.yml").read_text()
    own = yaml.safe_load(text.split("---")[0])["id"]
    rule = deploy(FIRST_SEEN, text.replace(own, RULE_ID))
    result = run("convert", "-f", "savedsearches", rule)
    assert result.code == 1 and "a correlation has no first-seen form" in result.err


@pytest.mark.parametrize("types", ["", "        userIdentity.type: AssumedRole\n"])
def test_fields_of_one_session_are_told(run, deploy, types):
    fields = "first_seen:\n    fields:\n        - userIdentity.arn\n"
    rule = RULE.replace("        eventName", f"{types}        eventName")
    assert "SC605" in run("convert", "-t", "kql", "-f", "rule", deploy(fields, rule)).err


def test_fields_of_users_are_not_new_in_each_session(run, deploy):
    fields = "first_seen:\n    fields:\n        - userIdentity.arn\n"
    rule = RULE.replace(
        "        eventName", "        userIdentity.type: IAMUser\n        eventName"
    )
    assert "SC605" not in run("convert", "-t", "kql", "-f", "rule", deploy(fields, rule)).err


# --- output ---


def test_each_artifact_is_for_its_targets(run, rule_file):
    result = run("convert", "-t", "splunk", "-f", "rule", rule_file)
    assert result.code == 2 and "-f rule is not for splunk; use -t kql, lucene" in result.err
    assert run("convert", "-f", "rule", rule_file).code == 2, "four targets to choose from"
    assert run("convert", "-f", "savedsearches", rule_file).code == 0, "one target only"
    wrong = run("convert", "-t", "kql", "-f", "rules", rule_file)
    assert wrong.code == 2 and "did you mean 'rule'?" in wrong.err


def test_an_app_needs_a_place_and_a_name(run, rule_file, tmp_path):
    assert "give a folder or an archive" in run("convert", "-f", "app", rule_file).err
    bad = run("convert", "-f", "app", "-o", tmp_path / "9 lives.tgz", rule_file)
    assert bad.code == 2 and "no name for a Splunk app" in bad.err
    (tmp_path / "taken").write_text("")
    assert run("convert", "-f", "app", "-o", f"{tmp_path}/taken/", rule_file).code == 2
    assert run("convert", "-f", "app", "-o", tmp_path / "plain", rule_file).code == 0
    assert (tmp_path / "plain" / "default" / "app.conf").is_file()


@pytest.mark.parametrize(
    ("options", "definition"),
    [
        ((), 'sourcetype="aws:cloudtrail"'),
        (("--splunk-index", "aws prod"), 'index="aws prod" sourcetype="aws:cloudtrail"'),
        (("--splunk-index", 'a"b', "--splunk-sourcetype", ""), r'index="a\"b"'),
        (("--splunk-sourcetype", ""), "*"),
    ],
)
def test_an_app_defines_the_macro_by_what_it_stands_for(
    run, rule_file, tmp_path, options, definition
):
    app = ("-t", "splunk", "-f", "app", "-o", tmp_path / "aws_app", "--splunk-macro", "cloudtrail")
    assert run("convert", *app, *options, rule_file).code == 0
    macros = (tmp_path / "aws_app" / "default" / "macros.conf").read_text()
    assert macros.startswith(f"[cloudtrail]\ndefinition = {definition}\n")


def test_an_archive_holds_one_folder(run, rule_file, tmp_path):
    run("convert", "-f", "app", "-o", tmp_path / "one.tgz", rule_file)
    with tarfile.open(tmp_path / "one.tgz") as archive:
        assert {name.split("/")[0] for name in archive.getnames()} == {"one"}
        assert all(member.mode == 0o644 for member in archive.getmembers())


def test_two_rules_that_would_be_one_are_refused(run, deploy, tmp_path):
    deploy(None)
    deploy(None, name="same")
    for arguments in (("-t", "kql", "-f", "rule"), ("-f", "savedsearches")):
        result = run("convert", *arguments, tmp_path / "rules")
        assert result.code == 2 and "would be the same one" in result.err
    result = run("convert", "-f", "app", "-o", tmp_path / "app", tmp_path / "rules")
    assert result.code == 2 and not (tmp_path / "app").exists()


def test_files_of_one_rule_each_go_into_a_folder(run, deploy, tmp_path):
    deploy(None)
    other = RULE.replace(RULE_ID, "2d1f0b1a-4c1e-4e7f-9b57-1f5a6a3f2c11")
    deploy(None, other.replace("A user is", "Another user is"), name="other")
    result = run("convert", "-t", "kql", "-f", "toml", tmp_path / "rules")
    assert result.code == 2 and "give a folder with -o" in result.err
    run("convert", "-t", "kql", "-f", "toml", "-o", tmp_path / "toml/", tmp_path / "rules")
    names = sorted(path.name for path in (tmp_path / "toml").iterdir())
    assert names == ["a_user_is_created.toml", "another_user_is_created.toml"]


def test_json_holds_the_artifact(run, deploy):
    result = run("convert", "-t", "kql", "-f", "rule", "--json", deploy("nonsense: 1\n"))
    (line,) = rules_of(result.out)
    assert (line["format"], line["queries"], line["error"]["code"]) == ("rule", [], "SC601")
    (finding,) = line["diagnostics"]
    assert finding["path"].endswith("deployments/rules/rule.yml")
    assert (finding["line"], finding["column"]) == (2, 1)
    (line,) = rules_of(run("convert", "-f", "savedsearches", "--json", deploy("")).out)
    assert line["queries"][0].startswith("[A user is created - Rule]\n")


def test_warnings_count_with_strict(run, deploy):
    short = "schedule:\n    interval: 5m\n    lookback: 5m\n"
    assert run("convert", "-f", "savedsearches", deploy(short)).code == 0
    result = run("convert", "-f", "savedsearches", "--strict", deploy(short))
    assert (result.code, result.out) == (1, "") and "error[SC603]" in result.err


def test_titles_cannot_leave_the_folder(run, tmp_path, deploy):
    rule = deploy(None, RULE.replace("A user is created", "'../../../evil/\\[x'"))
    for arguments in (
        ("-t", "kql", "-f", "toml"),
        ("-f", "contentctl"),
        ("-t", "kql", "-f", "rule"),
        ("-f", "savedsearches"),
    ):
        run("convert", *arguments, "-o", f"{tmp_path}/out/", rule)
    assert {path.parent for path in tmp_path.rglob("*") if "evil" in path.name} <= {
        tmp_path / "out"
    }
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_the_longest_title_that_sigma_allows(run, tmp_path, deploy):
    rule = deploy(None, detection("s:\n    eventName: x\ncondition: s", title="Long " * 51))
    for arguments in (("-t", "kql", "-f", "toml"), ("-f", "contentctl"), ("-f", "savedsearches")):
        assert run("convert", *arguments, "-o", f"{tmp_path}/out/", rule).code == 0
