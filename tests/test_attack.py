"""The ATT&CK table, what tags say in each version, the tool that writes the table, pySigma."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys

import pytest

from conftest import ROOT
from sigmacast.attack import VERSIONS, attack, part, source, threat_of
from sigmacast.errors import UsageError
from sigmacast.resources import tables_folder

TABLE = tables_folder() / "attack.json"


def said(version, *tags):
    """A threat as text: each tactic with the techniques that tags name, parents in brackets."""
    lines = []
    for entry in threat_of(tags, version).entries:
        families = [
            " ".join([each.technique.id if each.tagged else f"({each.technique.id})"] + subs)
            for each in entry.techniques
            for subs in [[sub.id for sub in each.subtechniques]]
        ]
        lines.append(f"{entry.tactic.name}: {', '.join(families)}".rstrip(": "))
    return lines


# The table


def test_the_table_has_as_much_as_mitre_says():
    """The numbers are those of MITRE's release notes for v18 and v19."""
    counts = {}
    for version in VERSIONS:
        found = attack(version)
        subtechniques = [id for id in found.techniques if "." in id]
        counts[version] = (
            len(found.tactics),
            len(found.techniques) - len(subtechniques),
            len(subtechniques),
            len(found.groups),
            len(found.software),
            len(found.mitigations),
        )
    assert counts == {
        "v18": (14, 216, 475, 172, 784, 44),
        "v19": (15, 222, 475, 174, 821, 44),
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_the_table_is_sound(version):
    found = attack(version)
    order = [tactic.shortname for tactic in found.tactics]
    for technique in found.techniques.values():
        assert technique.tactics and technique.name
        assert list(technique.tactics) == sorted(technique.tactics, key=order.index)
        assert technique.parent is None or technique.parent in found.techniques
    for old, new in found.replacements.items():
        assert old not in found.techniques and new in found.techniques
    gone = part(version, "deprecated").keys() | found.revoked.keys()
    assert not gone & found.techniques.keys()
    assert source(version)["from"] and source(version)["version"] == found.release


def test_the_table_carries_mitres_terms():
    about = json.loads(TABLE.read_text(encoding="utf-8"))["about"]
    assert "© 2026 The MITRE Corporation" in about
    assert "reproduced and distributed with the permission of The MITRE Corporation" in about


def test_the_versions_differ_as_mitre_changed_them():
    old, new = attack("v18"), attack("v19")
    assert old.tactic("TA0005").name == "Defense Evasion"
    assert new.tactic("TA0005").name == "Stealth"
    assert new.tactic("defense-impairment").id == "TA0112"
    assert old.tactic("TA0112") is None and new.tactic("defense-evasion") is None
    assert old.technique("T1562.008").name == "Disable or Modify Cloud Logs"
    assert new.technique("T1562.008") is None
    assert new.technique("T1685.002").name == "Disable or Modify Cloud Log"
    assert new.technique("T1578").tactics == ("defense-impairment",)
    assert new.technique("T1550").tactics == ("lateral-movement",)
    assert old.technique("T1550").tactics == ("defense-evasion", "lateral-movement")
    assert old.revoked["T1547.011"] == new.revoked["T1547.011"] == "T1647"
    assert new.groups["G1054"] == "MirrorFace" and "G1054" not in old.groups
    assert old.groups["G0007"] == "APT28" and old.software["S0002"] == "Mimikatz"


def test_the_matrix_has_its_order():
    names = [tactic.shortname for tactic in attack("v19").tactics]
    assert names[:3] == ["reconnaissance", "resource-development", "initial-access"]
    assert names[5:9] == [
        "privilege-escalation",
        "stealth",
        "defense-impairment",
        "credential-access",
    ]
    assert names[-3:] == ["command-and-control", "exfiltration", "impact"]


def test_pages_end_in_a_slash():
    found = attack()
    assert found.version == "v18"
    assert found.tactic("persistence").url == "https://attack.mitre.org/tactics/TA0003/"
    assert found.technique("T1098").url == "https://attack.mitre.org/techniques/T1098/"
    assert found.technique("T1098.001").url == "https://attack.mitre.org/techniques/T1098/001/"
    assert found.technique("T1098.001").parent == "T1098"
    assert found.technique("T1098").parent is None


def test_an_unknown_version_is_a_usage_error():
    with pytest.raises(UsageError, match=r"unknown ATT&CK version 'v17'.*known: v18, v19"):
        attack("v17")


def test_nothing_is_read_before_it_is_asked_for():
    program = (
        "import sigmacast.attack; from sigmacast.resources import table; "
        "assert not table.cache_info().currsize"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


# What tags say


def test_a_subtechnique_stands_in_its_technique():
    assert said("v18", "attack.persistence", "attack.t1136.003") == [
        "Persistence: (T1136) T1136.003"
    ]


def test_subtechniques_of_one_technique_share_an_entry():
    tags = ["attack.persistence", "attack.t1098.003", "attack.t1098", "attack.t1098.001"]
    assert said("v19", *tags) == ["Persistence: T1098 T1098.001 T1098.003"]


def test_tactics_follow_the_matrix_and_techniques_their_ids():
    tags = ["attack.impact", "attack.t1531", "attack.t1485", "attack.initial-access"]
    assert said("v18", *tags) == ["Initial Access", "Impact: T1485, T1531"]


def test_a_technique_stands_under_the_tactics_that_the_rule_names():
    tags = ["attack.persistence", "attack.privilege-escalation", "attack.t1078.004"]
    assert said("v18", *tags) == [
        "Persistence: (T1078) T1078.004",
        "Privilege Escalation: (T1078) T1078.004",
    ]


def test_a_technique_whose_tactics_the_rule_does_not_name_stands_under_all_of_its_own():
    assert said("v18", "attack.collection", "attack.t1078.004") == [
        "Initial Access: (T1078) T1078.004",
        "Persistence: (T1078) T1078.004",
        "Privilege Escalation: (T1078) T1078.004",
        "Defense Evasion: (T1078) T1078.004",
        "Collection",
    ]
    assert said("v18", "attack.t1136") == ["Persistence: T1136"]


@pytest.mark.parametrize(
    "tag", ["attack.ta0006", "attack.credential_access", "ATTACK.Credential-Access"]
)
def test_a_tactic_has_several_spellings(tag):
    assert said("v19", tag) == ["Credential Access"]


def test_other_tags_are_left_out_of_account():
    tags = ["attack.g0007", "attack.s0002", "attack.ds0005", "attack.m1032", "attack.c0027"]
    tags += ["cve.2021-1234", "tlp.amber", "detection.threat-hunting", "car.2013-05-004"]
    threat = threat_of(tags, "v18")
    assert threat.entries == threat.unknown == threat.replaced == ()


def test_unknown_tags_are_named_as_they_are_written():
    tags = ["attack.Persistance", "attack.t9999", "attack.", "attack.t1026", "attack.t9999"]
    threat = threat_of(tags, "v19")
    assert threat.unknown == ("attack.Persistance", "attack.t9999", "attack.", "attack.t1026")
    assert threat.entries == ()


def test_odd_tags_raise_nothing():
    odd = [None, 7, ["attack.persistence"], {"attack": 1}, "", "attack", "attack.t1.2.3", "."]
    assert threat_of(odd, "v18").unknown == ("attack.t1.2.3",)
    assert threat_of([], "v19").entries == ()


@pytest.mark.parametrize(
    ("tags", "entries", "replaced"),
    [
        (
            ["attack.defense-impairment", "attack.t1685.002"],
            ["Defense Evasion: (T1562) T1562.008"],
            [("T1685.002", "T1562.008")],
        ),
        (
            ["attack.stealth", "attack.defense-impairment", "attack.t1070.004", "attack.t1685"],
            ["Defense Evasion: (T1070) T1070.004, (T1562) T1562.001"],
            [("T1685", "T1562.001")],
        ),
        (["attack.ta0112"], ["Defense Evasion"], []),
        (["attack.t1684.001"], ["Defense Evasion: T1656"], [("T1684.001", "T1656")]),
        (["attack.t1547.011"], ["Defense Evasion: T1647"], [("T1547.011", "T1647")]),
    ],
)
def test_v18_reads_tags_of_v19(tags, entries, replaced):
    assert said("v18", *tags) == entries
    assert threat_of(tags, "v18").replaced == tuple(replaced)


def test_what_v18_has_nothing_for_is_unknown_there():
    tags = ["attack.defense-impairment", "attack.t1686.003", "attack.t1687"]
    assert threat_of(tags, "v18").unknown == ("attack.t1686.003", "attack.t1687")
    assert threat_of(tags, "v19").unknown == ()


@pytest.mark.parametrize(
    ("tags", "entries"),
    [
        (
            ["attack.defense_evasion", "attack.t1562.008"],
            ["Defense Impairment: (T1685) T1685.002"],
        ),
        (
            ["attack.defense-evasion", "attack.t1070.004", "attack.t1089"],
            ["Stealth: (T1070) T1070.004", "Defense Impairment: T1685"],
        ),
        (
            ["attack.defense-evasion", "attack.lateral-movement", "attack.t1550.001"],
            ["Stealth", "Defense Impairment", "Lateral Movement: (T1550) T1550.001"],
        ),
        (["attack.defense-evasion"], ["Stealth", "Defense Impairment"]),
        (["attack.ta0005"], ["Stealth"]),
    ],
)
def test_v19_reads_tags_of_v18(tags, entries):
    assert said("v19", *tags) == entries


@pytest.mark.parametrize("version", VERSIONS)
def test_each_id_of_either_version_is_read_without_fail(version):
    ids = {id for each in VERSIONS for id in part(each, "techniques") | part(each, "revoked")}
    for id in ids:
        threat = threat_of([f"attack.{id.lower()}"], version)
        assert threat.entries or threat.unknown, id


# The tool that writes the table


def reference(id):
    return [
        {"source_name": "capec", "external_id": "CAPEC-1"},
        {"source_name": "mitre-attack", "external_id": id, "url": "https://attack.mitre.org/"},
    ]


def stix(kind, number, id, name, **more):
    return {
        "type": kind,
        "id": f"{kind}--{number}",
        "name": name,
        "external_references": reference(id),
        **more,
    }


def pattern(number, id, name, *tactics, **more):
    phases = [{"kill_chain_name": "mitre-attack", "phase_name": each} for each in tactics]
    phases.append({"kill_chain_name": "mitre-mobile-attack", "phase_name": "elsewhere"})
    return stix("attack-pattern", number, id, name, kill_chain_phases=phases, **more)


def revoked_by(old, new, **more):
    return {
        "type": "relationship",
        "id": f"relationship--{old}-{new}",
        "relationship_type": "revoked-by",
        "source_ref": f"attack-pattern--{old}",
        "target_ref": f"attack-pattern--{new}",
        **more,
    }


def bundle(path, version, tactics, *objects):
    """A file with a bundle whose matrix has *tactics* in this order."""
    made = [
        stix("x-mitre-tactic", number, id, name, x_mitre_shortname=name.lower().replace(" ", "-"))
        for number, (id, name) in enumerate(tactics)
    ]
    path.write_text(
        json.dumps(
            {
                "type": "bundle",
                "objects": [
                    *objects,
                    *reversed(made),
                    {
                        "type": "x-mitre-matrix",
                        "id": "x-mitre-matrix--0",
                        "tactic_refs": [each["id"] for each in made],
                    },
                    {
                        "type": "x-mitre-collection",
                        "id": "x-mitre-collection--0",
                        "x_mitre_version": version,
                        "modified": "2030-04-05T14:00:00.188Z",
                    },
                ],
            }
        ),
        encoding="utf-8",
    )
    return path


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("make_attack")


@pytest.fixture
def bundles(tmp_path):
    """Two small versions: a tactic is split, a technique moves, others are revoked or gone."""
    older = bundle(
        tmp_path / "old.json",
        "18.1",
        [("TA0001", "Access"), ("TA0005", "Evasion")],
        pattern(1, "T1001", "Impair", "evasion"),
        pattern(2, "T1001.001", "Impair Logs", "evasion", "access"),
        pattern(3, "T1002", "Hide", "evasion"),
        pattern(4, "T1003", "Enter", "access"),
    )
    newer = bundle(
        tmp_path / "new.json",
        "19.0",
        [("TA0001", "Access"), ("TA0005", "Stealth"), ("TA0112", "Impairment")],
        pattern(1, "T1001", "Impair", "evasion", revoked=True),
        pattern(2, "T1001.001", "Impair Logs", "evasion", revoked=True),
        pattern(3, "T1002", "Hide", "stealth"),
        pattern(4, "T1003", "Enter", "access"),
        pattern(5, "T1009", "Stop", "impairment", "access"),
        pattern(6, "T1010", "Old", "access", x_mitre_deprecated=True),
        pattern(7, "T1011", "Lost", "access", revoked=True),
        revoked_by(2, 1),
        revoked_by(1, 5),
        revoked_by(7, 6),
        revoked_by(4, 5, x_mitre_deprecated=True),
        stix("intrusion-set", 1, "G0001", "Bears"),
        stix("intrusion-set", 2, "G0002", "Gone", revoked=True),
        stix("malware", 1, "S0001", "Bad"),
        stix("tool", 1, "S0002", "Useful"),
        stix("course-of-action", 1, "M1001", "Do Something"),
        {"type": "identity", "id": "identity--1", "name": "MITRE"},
    )
    return older, newer


def test_the_tool_reads_stix(tool, tmp_path, bundles):
    older, newer = bundles
    output = tmp_path / "attack.json"
    assert tool.main([str(newer), "--v18", str(older), "--output", str(output)]) == 0
    made = json.loads(output.read_text(encoding="utf-8"))
    assert "The MITRE Corporation" in made.pop("about")
    assert made == {
        "sources": {
            "v18": {
                "version": "18.1",
                "date": "2030-04-05",
                "from": "MITRE's STIX bundle old.json",
            },
            "v19": {
                "version": "19.0",
                "date": "2030-04-05",
                "from": "MITRE's STIX bundle new.json",
            },
        },
        "tactics": {
            "v18": {"TA0001": ["Access", "access"], "TA0005": ["Evasion", "evasion"]},
            "v19": {
                "TA0001": ["Access", "access"],
                "TA0005": ["Stealth", "stealth"],
                "TA0112": ["Impairment", "impairment"],
            },
        },
        "retired_tactics": {"evasion": ["stealth", "impairment"]},
        "techniques": {
            "T1002": ["Hide", "stealth"],
            "T1003": ["Enter", "access"],
            "T1009": ["Stop", "access", "impairment"],
        },
        "revoked": {"T1001": "T1009", "T1001.001": "T1009"},
        "deprecated": {"T1010": "Old"},
        "groups": {"G0001": "Bears"},
        "software": {"S0001": "Bad", "S0002": "Useful"},
        "mitigations": {"M1001": "Do Something"},
        "v18": {
            "techniques": {
                "T1001": ["Impair", "evasion"],
                "T1001.001": ["Impair Logs", "access", "evasion"],
                "T1002": ["Hide", "evasion"],
                "T1009": None,
            },
            "revoked": {"T1001": None, "T1001.001": None},
            "deprecated": {"T1010": None},
            "groups": {"G0001": None},
            "software": {"S0001": None, "S0002": None},
            "mitigations": {"M1001": None},
        },
    }


def test_the_tool_keeps_v18_where_no_bundle_is_given(tool, tmp_path, bundles):
    output = tmp_path / "attack.json"
    assert tool.main([str(bundles[1]), "--output", str(output)]) == 0
    made = json.loads(output.read_text(encoding="utf-8"))
    assert made["sources"]["v18"] == source("v18")
    assert made["v18"]["techniques"]["T1136.003"] == ["Cloud Account", "persistence"]
    assert list(made["tactics"]["v18"]) == [tactic.id for tactic in attack("v18").tactics]


def test_the_tool_writes_the_same_from_the_same(tool):
    """What the table has, put together anew, is the table byte for byte."""
    made = tool.table(tool.kept("v19"), tool.kept("v18"))
    assert tool.written(made) + "\n" == TABLE.read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"objects": []}', '{"objects": [{"type": 1}]}'])
def test_the_tool_refuses_what_is_no_bundle(tool, tmp_path, capsys, text):
    (tmp_path / "b.json").write_text(text)
    output = tmp_path / "attack.json"
    assert tool.main([str(tmp_path / "b.json"), "--output", str(output)]) == 1
    assert "no STIX bundle of ATT&CK Enterprise" in capsys.readouterr().err
    assert not output.exists()


# pySigma's own names

OFFLINE = """
import socket
def refuse(*arguments, **options):
    raise AssertionError("the network was asked for")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from sigmacast.offline_attack import use_own_attack_data
use_own_attack_data()
"""


def in_an_empty_home(tmp_path, program):
    """What a program prints without network; fails if it leaves a file in its home."""
    home = tmp_path / "home"
    home.mkdir()
    places = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "TMPDIR": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE + program],
        env={**os.environ, **places},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(home.rglob("*")) == []
    return done.stdout


def test_pysigmas_names_answer_from_our_table(tmp_path):
    program = """
from sigma.data import mitre_attack as m
from sigma.data.mitre_attack import mitre_attack_techniques, mitre_attack_version
print(mitre_attack_version, m.mitre_attack_tactics["TA0112"], mitre_attack_techniques["T1685.002"])
print(m.mitre_attack_techniques_tactics_mapping["T1078"])
print(m.mitre_attack_intrusion_sets["G0007"], m.mitre_attack_software["S0002"])
print(m.mitre_attack_datasources, m.mitre_attack_mitigations["M1032"])
"""
    assert in_an_empty_home(tmp_path, program).splitlines() == [
        "19.0 defense-impairment Disable or Modify Cloud Log",
        "['initial-access', 'persistence', 'privilege-escalation', 'stealth']",
        "APT28 Mimikatz",
        "{} Multi-factor Authentication",
    ]


def test_pysigmas_validator_of_tags_works_on_our_table(tmp_path):
    program = """
from sigma.rule import SigmaRule
from sigma.validators.core.tags import ATTACKTagValidator
def wrong(*tags):
    rule = SigmaRule.from_dict({
        "title": "x", "logsource": {"product": "aws"}, "tags": list(tags),
        "detection": {"a": {"b": "c"}, "condition": "a"},
    })
    return [str(issue.tag) for issue in ATTACKTagValidator().validate(rule)]
print(wrong("attack.stealth", "attack.t1685.002", "attack.g0007", "attack.s0002", "attack.m1032"))
print(wrong("attack.defense-evasion", "attack.t9999"))
"""
    assert in_an_empty_home(tmp_path, program).splitlines() == [
        "[]",
        "['attack.defense-evasion', 'attack.t9999']",
    ]


def test_pysigma_has_no_name_that_we_leave_to_the_network():
    """Names that a later pySigma adds would be downloaded: they are to be added to ours."""
    module = importlib.import_module("sigma.data.mitre_attack")
    text = module._load_mitre_attack_data.__doc__
    from sigmacast import offline_attack

    asked = {line.split(":")[0].strip("- ") for line in text.splitlines() if "- mitre_" in line}
    before = set(vars(module))
    offline_attack.use_own_attack_data()
    given = {name for name in vars(module) if name.startswith("mitre_attack_")}
    for name in set(vars(module)) - before:
        delattr(module, name)
    assert asked and asked <= given
