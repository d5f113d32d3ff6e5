"""The usual missions, their letters written twice by workers who do not know of each other, and compared."""

from __future__ import annotations

from dataclasses import replace

from tests.world.missions import Setting, draw

STAGES = {"checks": "[checks, duel]", "[checks, review]": "[checks, duel, review]", "[checks, human]": "[duel, human]"}


def dueling(seed: int) -> Setting:
    """The setting of a seed, with duels."""
    setting = draw(seed)
    missions = {}
    for name, terms in setting.missions.items():
        text = terms.contract.decode()
        for before, after in STAGES.items():
            text = text.replace(f"      verify: {before}\n", f"      verify: {after}\n")
        missions[name] = replace(terms, contract=text.encode())
    return replace(setting, missions=missions)
