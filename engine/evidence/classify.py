"""What kind of message came back: an answer of a person, a request to stop, a delivery report, or a machine talking.

The error that costs most is to write again to somebody who asked us not to; the next one is to count a machine as a
reply. So a clear "no" in the first lines of what the person wrote is a stop, whatever the language it is one of, and
everything that says of itself that it is automatic is not a reply. What is quoted below an answer never counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["reply", "stop", "bounce", "auto", "complaint", "other"]


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery report or a complaint says: how bad it is, about whom, about which message."""

    kind: Literal["hard", "soft", "complaint"]
    addresses: tuple[str, ...] = ()
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """The parts of a message that its kind depends on."""

    subject: str = ""
    text: str = ""
    sender: str = ""
    auto_submitted: str = ""
    precedence: str = ""
    auto_reply: bool = False
    null_sender: bool = False
    report: Report | None = None


_OF_REPORT: dict[str, Kind] = {"complaint": "complaint", "hard": "bounce", "soft": "auto"}


def classify(seen: Seen) -> Kind:
    """The kind of a message; the first that applies: complaint, bounce, stop by subject, auto, stop, reply, other."""
    if seen.report:
        return _OF_REPORT[seen.report.kind]
    if stops_by_subject(seen.subject):
        return "stop"
    if automatic(seen):
        return "auto"
    if stops(seen.text):
        return "stop"
    return "reply" if seen.sender and (seen.text.strip() or seen.subject.strip()) else "other"


_AWAY = re.compile(
    r"((re|aw|fwd?|antwort)\s*:\s*)?\W*("
    r"out[- ]of[- ](the[- ])?office|automatic (reply|response)|auto[- ]?(reply|response|matic reply)|autoreply|auto\s*:"
    r"|vacation (reply|notice)|on (vacation|annual leave|holiday)\b|away from (the office|my (mail|desk))"
    r"|abwesenheit|abwesend|automatische (antwort|rückantwort)|nicht im (büro|haus)"
    r"|réponse automatique|absence du bureau|absente? du bureau|message d'absence"
    r"|respuesta automática|fuera de (la )?oficina|risposta automatica|fuori sede|automatisch antwoord|afwezig"
    r"|(mail delivery|delivery status|undeliver|returned mail|failure notice)"
    r")",
    re.IGNORECASE,
)
_MACHINES = re.compile(r"(mailer-daemon|postmaster|no-?reply|do-?not-?reply)([+-][^@]*)?@")


def automatic(seen: Seen) -> bool:
    """Whether a message says of itself that no person wrote it (RFC 3834 and what came before it)."""
    submitted = re.split(r"[;(\s]", seen.auto_submitted.strip().lower(), maxsplit=1)[0]
    return (
        submitted not in ("", "no")
        or seen.precedence.strip().lower() in ("bulk", "junk", "list", "auto_reply", "auto-reply")
        or seen.auto_reply
        or seen.null_sender
        or bool(_AWAY.match(_plain(seen.subject)))
        or bool(_MACHINES.match(seen.sender))
    )


_STOP_SUBJECT = re.compile(
    r"((re|aw|sv|rv|tr|wg|fwd?)\s*:\s*)*"
    r"(stop|unsubscribe( me)?|remove( me)?|opt[- ]?out|abmelde[nr]|abmeldung|austragen"
    r"|désinscription|désabonnement|se désabonner|(darme de )?baja|cancelar suscripción|disiscrizione)\W*",
)
_WORDS = re.compile(
    r"(please )?stop( (it|this|please|now|svp|bitte|por favor|s'il vous plaît))?"
    r"|no|nope|no way|no thx|hard pass|pass|not for (me|us)|(please )?(remove|unsubscribe|opt[- ]?out)"
    r"|nein|(bitte )?(stopp|stoppen|abmelden|austragen|entfernen)|kein (interesse|bedarf)"
    r"|non|(se )?(désabonner|désinscrire)|désinscription|arrêtez|sans intérêt"
    r"|(dar(me)? de )?baja|basta|nee",
)
"""A whole sentence that says stop. A bare no counts only as the first one."""
_BARE_NO = ("no", "non", "nein", "nee", "nope", "pass")
_THANKS = re.compile(
    r"(no|nein|non|nee|nope),? ?"
    r"(thanks?|thank you|thx|ty|many thanks|danke|dankeschön|vielen dank|merci|gracias|grazie|bedankt)"
    r"(?=$| ?[,:–—-]| (but|we|i|for|at|not|very|so|sehr|wir|ich|mais|nous|je|pero|beaucoup|all)\b)",
)
_ASKS = re.compile(
    "|".join(
        (
            # English
            r"\b(unsubscribe|remove|delete) (me|us|my|our)\b",
            r"\btake (me|us|my|our)\b.{0,30}\b(off|out of)\b",
            r"\bopt (me|us) out\b",
            r"\b(stop|quit|cease) (all |these |your |the )?(e-?mail|mail|contact|writ|send|messag|bother|spam)",
            r"\b(do not|don't|dont|never) (ever )?(e-?mail|contact|write|mail|message|bother)\b(?! (if|unless|until))",
            r"\bno (more|further) (e-?mails?|mails?|messages?|contact)\b",
            r"\bleave (me|us) alone\b",
            r"\b(not|no longer) (at all |really |currently )?interested\b",
            r"\b(have|i've|we've) no interest\b|^no interest\b",
            # German
            r"\bkeine? (weiteren? |mehr )?(e-?mails?|mails?|nachrichten|werbung)\b",
            r"\bkein(erlei)? interesse\b|\bnicht (mehr )?interessiert\b",
            r"\b(nehmen|streichen|löschen|entfernen|tragen) sie (mich|uns|meine|unsere)\b",
            r"\b(schreiben|kontaktieren|mailen) sie (mir|mich|uns) .{0,20}\b(nicht|nie)\b",
            r"\bmich (aus|von) .{0,30}(liste|verteiler)",
            # French
            r"\bpas (du tout )?intéressée?s?\b|\bne m'intéresse\b",
            r"\bne (me |m'|nous )?(plus )?(écrivez|contactez|contacter|écrire|envoyez)",
            r"\bmerci de ne (plus|pas)\b|\bne plus (me|nous|recevoir)\b|\barrêtez de\b",
            r"\b(retirez|désabonnez|désinscrivez|supprimez|enlevez)[- ](moi|nous|mon|mes)\b",
            # Spanish
            r"\bno (me|nos) interesa\b|\bno est(oy|amos) interesad[oa]s?\b",
            r"\bno (me|nos) (escriba|contacte|mande|envíe)",
            r"\b(dar|da|de|den)(me|nos) de baja\b|\b(elimín|bórr|quít)(e|a|en)(me|nos)\b",
            r"\bdej(e|en|a) de (escribir|enviar|mandar|contactar)",
            # Italian, Dutch
            r"\bnon (mi|ci) interessa\b|\bnon sono interessat[oa]\b|\bcancellami\b|\bgeen interesse\b",
        )
    )
)
_TURN = re.compile(r".*(\b(but|however|though|instead|aber|sondern|mais|pero)\b.*\w|\?$)")
"""What turns a refusal round when it follows: `not interested in A, but in B`, or that it was a question."""
_GREETING = re.compile(
    r"(hi|hello|hey|dear|good (morning|afternoon|day)|hallo|guten (tag|morgen|abend)|sehr geehrte[rs]?|liebe[rs]?|moin"
    r"|servus|bonjour|salut|hola|buen[oa]s?|ciao)( [^\s,.!?]+){0,4}",
)
_QUOTES_BEGIN = re.compile(
    r"(on .{3,200} wrote|am .{3,200} schrieb.*|le .{3,200} a écrit|el .{3,200} escribió|il .{3,200} ha scritto"
    r"|op .{3,200} schreef.*) ?:"
    r"|-{2,} ?(original message|ursprüngliche nachricht|message d'origine|mensaje original|forwarded message).*"
    r"|(from|von|de|da|gesendet|sent|envoyé) ?: .*|_{10,}|-- ?",
)


def stops_by_subject(subject: str) -> bool:
    """Whether a subject alone asks to stop: what a List-Unsubscribe button sends."""
    return bool(_STOP_SUBJECT.fullmatch(_plain(subject)))


def stops(text: str) -> bool:
    """Whether the first lines that a person wrote ask us not to write again."""
    for number, sentence in enumerate(_first_sentences(text)):
        if _WORDS.fullmatch(sentence) and (number == 0 or sentence not in _BARE_NO):
            return True
        if _THANKS.match(sentence) and not re.search(r"(tell|send|show) me|more (info|details)", sentence):
            return True
        if any(not _TURN.match(sentence, found.end()) for found in _ASKS.finditer(sentence)):
            return True
    return False


def own_lines(text: str) -> Iterator[str]:
    """The lines somebody wrote themselves: before the first quoted block, signature or forwarded header."""
    lines = text[:20_000].replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(lines):
        plain = _plain(line)
        joined = _plain(f"{line} {lines[number + 1]}")[:400] if number + 1 < len(lines) else ""
        if _QUOTES_BEGIN.fullmatch(plain[:400]) or (not plain.endswith(":") and _wraps(joined)):
            return
        if plain and not plain.startswith((">", "|")):
            yield plain


def _wraps(joined: str) -> bool:
    """Whether two lines together are the `On ... wrote:` that a mail program broke in two."""
    return (
        joined.endswith(":")
        and joined.startswith(("on ", "am ", "le ", "el ", "il ", "op "))
        and bool(_QUOTES_BEGIN.fullmatch(joined))
    )


def _first_sentences(text: str) -> Iterator[str]:
    taken = 0
    for line in own_lines(text):
        rest = line
        if greeting := _GREETING.match(line):
            after = line[greeting.end() :]
            if not after or after[0] in ",.!:–- ":
                rest = after.lstrip(",.!:–- ")
        if not rest:
            continue
        taken += 1
        numbered = re.sub(r"\bno\. ?(?=\d)", "number ", rest[:1000])
        for sentence in re.findall(r"[^.!?;…]+[?]?", numbered):
            if stripped := sentence.strip(" \t,:–—-'\"()*"):
                yield stripped
        if taken == 3:
            return


def _plain(text: str) -> str:
    """Text as it is compared: NFKC, lower case, straight apostrophes, single spaces."""
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("‘", "'").replace("´", "'")
    return " ".join(re.sub(r"[\u200b-\u200f\u2060\ufeff\u00ad]", "", plain).split())
