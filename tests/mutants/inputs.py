"""Planted bugs of bad input, keys and text of others."""

from __future__ import annotations

from tests.mutants.mutant import Edit, Mutant

ARMING = "cockpit/screens/attention/arming.py"
KEYS = "tests/screens/attention/test_arming.py"
EARLY = f"{KEYS}::test_a_key_arms_half_a_second_after_the_bytes_of_this_item"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "what a provider writes ends every call of the model host", "P4", 0,
        (Edit("engine/modelhost/child.py", 'reason[:40].encode("utf-8", "replace").decode()', "reason[:40]"), Edit("engine/modelhost/child.py", "    except ValueError:  # nothing", "    except KeyError:  # nothing")),
        test="tests/engine/modelhost/test_real_host.py::test_half_a_character_of_a_provider_does_not_either",
    ),
    Mutant(
        "who says no in a large message is not heard", "P23", 0,
        (Edit("engine/evidence/mailbox.py", "else raw[:BEGINNING]", "else None"),),
        test="tests/engine/evidence/test_mailbox.py",
    ),
    Mutant(
        "a short no with a please after it is a reply", "P23", 0,
        (Edit("engine/evidence/classify.py", "for clause in (*clauses, whole)", "for clause in (sentence,)"),),
        test="tests/engine/evidence/test_classify.py",
    ),
    Mutant(
        "characters that hide are printed as they are", "P10", 0,
        (Edit("cockpit/cli/render.py", "    if ord(char) in _INVISIBLE:\n        return False\n", ""),),
        test="tests/cockpit/test_render.py::test_safe_text_holds_nothing_that_steers_or_hides",
    ),
    Mutant(
        "a log line may steer the terminal that shows it", "P10", 0,
        (Edit("engine/redaction/logs.py", "return _STEERS.sub(_named, self._redactor.redact(super().format(record)))",
              "return self._redactor.redact(super().format(record))"),),
        test="tests/engine/redaction/test_redactor.py",
    ),
    Mutant(
        "a key decides before the bytes were seen", "P15", 0,
        (Edit(ARMING, "return EARLY if now - self._drawn < DRAWN_S else", "return EARLY if now < self._drawn else"),),
        test=EARLY,
    ),
    Mutant(
        "an item that changed under the cursor is decided", "P15", 0,
        (Edit(ARMING, "        if digest != self._digest:\n            return CHANGED\n", ""),),
        test=KEYS,
    ),
    Mutant(
        "a refusal says what is wrong and not how it is mended", "P16", 0,
        (Edit("engine/loop/outcome.py", 'super().__init__(f"{what}; {mend}")', "super().__init__(what)"),),
        test="tests/test_errors.py::test_what_an_engine_refuses_ends_in_a_mend",
    ),
    Mutant(
        "a claimed figure stands in the column of the proven ones", "P13", 0,
        (Edit("cockpit/screens/mission/branches_paint.py",
              'f"◇ {twig.figure}") if claimed and twig.figure else (twig.figure, "")',
              'f"◇ {twig.figure}") if not twig.figure else (twig.figure, "")'),),
        test="tests/screens/mission/test_branches.py",
    ),
)  # fmt: skip
