"""pySigma's ATT&CK names, answered from our own table.

``sigma.data.mitre_attack`` downloads MITRE's whole bundle (50 MB) into a cache in the user's home
when one of its names is first asked for. Its ``set_url`` and ``set_cache_dir`` would read a file
instead, but still keep a database in some folder. The names come from a module ``__getattr__``,
though, which Python asks only for what a module does not have: a module that has them never gets as
far as cache or network.
"""

from __future__ import annotations

from sigma.data import mitre_attack

from sigmacast.attack import attack


def use_own_attack_data(version: str = "v19") -> None:
    """Give ``sigma.data.mitre_attack`` the names of our table, for the rest of the process.

    Called by what runs pySigma's validators (``sigmacast check``), before it makes one. The names
    and their forms are those of pySigma 1.x; v19 is what rules of SigmaHQ are tagged for, and what
    pySigma itself would download. Raises UsageError for an unknown version.
    """
    ours = attack(version)
    techniques = ours.techniques.values()
    names = {
        "version": ours.release,
        "tactics": {tactic.id: tactic.shortname for tactic in ours.tactics},
        "techniques": {technique.id: technique.name for technique in techniques},
        "techniques_tactics_mapping": {each.id: list(each.tactics) for each in techniques},
        "intrusion_sets": dict(ours.groups),
        "software": dict(ours.software),
        "datasources": {},  # all deprecated since v18, which pySigma leaves out
        "mitigations": dict(ours.mitigations),
    }
    for name, value in names.items():
        setattr(mitre_attack, f"mitre_attack_{name}", value)
