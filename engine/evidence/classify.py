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
    r"|resposta automática|autosvar|automatisk svar|automaattinen vastaus|odpowiedź automatyczna|automatická odpověď"
    r"|automatikus válasz|otomatik yanıt|автоответ|автоматический ответ|自動応答|自動返信|自动回复|自動回覆"
    r"|[^:]{1,60} is (currently )?(out of (the )?office|on (vacation|annual leave))\b"
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
_POLITE = re.compile(
    r"\b(please|pls|plz|kindly|just|now|immediately|at once|thank( you|s)?|thx|ty|bitte|jetzt|sofort|danke"
    r"|svp|s'il (vous|te) plaît|merci|por favor|gracias|per favore|grazie|graag)\b"
)
"""Words that change nothing of what a short sentence asks for."""
_WORDS = re.compile(
    r"stop( (it|this|that))?|unsubscribe( (me|us|this))?|remove( (me|us|it|this|that))?|delete (it|this|everything)"
    r"|opt[- ]?(me |us )?out|blocked|cease and desist|(fuck|piss|bugger) off|go away|get lost"
    r"|no more( of (this|these))?|stopp|stoppen|abmelden|austragen|entfernen|(se )?(désabonner|désinscrire)"
    r"|désinscription|arrêtez|(dar(me)? de )?baja|basta|(mij )?(uitschrijven|afmelden)"
)
"""Part of a sentence that asks to stop, whatever stands beside it."""
_REFUSALS = re.compile(
    r"(but )?(no|non|nein|nee|nope)|pass|(a )?hard (no|pass)|no way|not for (me|us)|(do not|don't|dont)"
    r"|(we|i)( are|'re| am|'m) all set|(i|we)('ll| will)( have to)? pass( on (this|it|that)( one)?)?"
    r"|kein (interesse|bedarf)|sans intérêt"
)
"""A whole sentence that refuses. A bare no counts only as the first one."""
_BARE_NO = ("no", "non", "nein", "nee", "nope", "pass")
_THANKS = re.compile(
    r"(no|nein|non|nee|nope|não|nao|nej|nei|nie),? ?"
    r"(thanks?|thank you|thx|ty|many thanks|danke|dankeschön|vielen dank|merci|gracias|grazie|bedankt|obrigad[oa]"
    r"|tack|takk|dziękuję|dzięki)"
    r"(?=$| ?[,:–—-]| (but|we|i|for|at|not|very|so|sehr|wir|ich|mais|nous|je|pero|beaucoup|all)\b)",
)
_ASKS = re.compile(
    "|".join(
        (
            # English
            r"\b(unsubscribe|remove|delete|erase) (me|us|my|our)\b",
            r"\b(unsubscribe|remove|delete|erase) (this|that) (e-?mail|mail|address|contact|account|inbox)\b",
            r"\b(remove|delete|take) .{0,40}\b(from|off) (your|the|this|any|all) .{0,20}\b(list|lists|database|crm)\b",
            r"\b(want|like|wish|ask) to (unsubscribe|opt[- ]?out|be (removed|unsubscribed|taken off|left alone))\b",
            r"\b(delete|erase|remove) (all |any |the |my |our |personal ){0,3}data (you|about (me|us)|on (me|us))\b",
            r"\bobject to (the |any |this |your |further ){0,2}(processing|use|storage)\b",
            r"\bwithdraw (my|our) consent\b",
            r"\btake (me|us|my|our)\b.{0,30}\b(off|out of)\b",
            r"\bopt (me|us) out\b",
            r"\b(stop|quit|cease) (all |these |your |the )?(e-?mail|mail|contact|writ|send|messag|bother|spam)",
            r"\b(do not|don'?t|never) (you dare )?(ever )?(e-?mail|contact|write|mail|message|bother)\b(?! (if|un))",
            r"\b(do not|don'?t|never) send (me |us )?((anything|any) (more|else|again|further)|anything$|more|these)",
            r"\b(do not|don'?t|no longer) (wish|want|care|like) to (receive|get|hear|be (contacted|e-?mailed))\b",
            r"\b(do not|don'?t) want (any (more |further )?(e-?mails?|mails?|messages?|contact)\b|(this|it|these)$)",
            r"\brefrain from (contact|e-?mail|mail|writ|send|messag)",
            r"\bno (more|further) (e-?mails?|mails?|messages?|contact)\b",
            r"\bthis is spam\b|\breport(ed|ing)? (you |this |it )?(as|for) spam",
            r"\bleave (me|us) alone\b",
            r"\b(not|no longer) (at all |really |currently )?interested\b",
            r"\b(have|i've|we've) no interest\b|^no interest\b",
            # German
            r"\bkeine? (weiteren? |mehr )?(e-?mails?|mails?|nachrichten|werbung)\b",
            r"\bkein(erlei)? interesse\b|\bnicht (mehr )?interessiert\b",
            r"\b(nehmen|streichen|löschen|entfernen|tragen) sie (mich|uns|meine|unsere)\b",
            r"\b(schreiben|kontaktieren|mailen) sie (mir|mich|uns) .{0,20}\b(nicht|nie)\b",
            r"\bmich (aus|von) .{0,30}(liste|verteiler)",
            r"\bnicht (mehr|wieder|weiter) (an)?(schreiben|mailen|kontaktieren)\b|\bhören sie auf\b|\bin ruhe\b",
            r"\bunterlassen sie\b|\bvon weiteren (e-?mails?|mails?|nachrichten|kontaktaufnahmen?|anfragen)\b",
            r"\bwiderspreche\b.{0,60}(verarbeitung|nutzung|speicherung|verwendung|werbung)",
            # French
            r"\bpas (du tout )?intéressée?s?\b|\bne m'intéresse\b",
            r"\bne (me |m'|nous )?(plus )?(écrivez|contactez|contacter|écrire|envoyez)",
            r"\bmerci de ne (plus|pas)\b|\bne plus (me|nous|recevoir)\b|\barrêtez de\b",
            r"\bne (souhaite|souhaitons|veux|voulons|désire) (plus|pas) (recevoir|être)\b",
            r"\b(merci de|veuillez) .{0,25}\b(retirer|supprimer|désinscrire|désabonner|enlever|cesser|arrêter)\b",
            r"\b(retirez|désabonnez|désinscrivez|supprimez|enlevez)[- ](moi|nous|mon|mes)\b",
            # Spanish
            r"\bno (me|nos) interesa\b|\bno est(oy|amos) interesad[oa]s?\b",
            r"\bno (me|nos) (escriba|contacte|mande|envíe)",
            r"\b(dar|da|de|den)(me|nos) de baja\b|\b(elimín|bórr|quít)(e|a|en)(me|nos)\b",
            r"\bdej(e|en|a) de (escribir|enviar|mandar|contactar)",
            r"\bno (deseo|deseamos|quiero|queremos) (recibir|más)\b",
            # Italian, Dutch, Portuguese
            r"\bnon (mi|ci) interessa\b|\bnon sono interessat[oa]\b|\b(cancella|rimuove|toglie)(te)?(mi|ci)\b",
            r"\bnon (mi |ci )?(scriv|contatt|mand)\w{1,8} più\b|\bgeen interesse\b|\bgeen (e-?)?mails? meer\b",
            r"\b(não|nao) (tenho|temos|há) interesse\b|\bpare de (me )?(enviar|mandar|escrever|contatar)\b",
            r"\b(remova|retire|tire|descadastre)-?(me|nos)\b|\b(remova|retire|tire|apague) (o )?meu\b",
        )
    )
)
_HOW = re.compile(r"how (do|can|may) (i|we) (unsubscribe|opt[- ]?out)( from (this|these|your)( [a-z-]+){0,3})? ?\?*")
"""A question that is a wish."""
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
        clauses = [bare for clause in sentence.split(",") if (bare := _bare(clause))]
        whole = " ".join(clauses)
        if any(_WORDS.fullmatch(clause) for clause in (*clauses, whole)):
            return True
        if _REFUSALS.fullmatch(whole) and (number == 0 or whole not in _BARE_NO):
            return True
        if _HOW.fullmatch(sentence):
            return True
        if _THANKS.match(sentence) and not re.search(r"(tell|send|show) me|more (info|details)", sentence):
            return True
        if any(not _TURN.match(sentence, found.end()) for found in _ASKS.finditer(sentence)):
            return True
    return False


def _bare(clause: str) -> str:
    """A part of a sentence without politeness."""
    return " ".join(_POLITE.sub(" ", clause).split()).strip(" :–—-'\"()*")


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
