"""Messages as they come back, for tests: each with the kind it is."""

from __future__ import annotations


def mail(
    text: str = "", subject: str = "Re: Your question", sender: str = "Bob <bob@example.org>", **headers: str
) -> bytes:
    """A plain message. Header names are given with underscores for hyphens."""
    lines = [f"From: {sender}"] if sender else []
    lines += ["To: replies@sender.example", f"Subject: {subject}", "Date: Thu, 13 Nov 2025 02:13:20 +0000"]
    lines += ["Message-ID: <answer@example.org>", 'Content-Type: text/plain; charset="utf-8"']
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + text.replace("\n", "\r\n")).encode()


def parts(subtype: str, *contents: str, sender: str = "MAILER-DAEMON@mx.example", subject: str = "Report") -> bytes:
    """A multipart message; each content begins with its own headers."""
    head = f"From: {sender}\nSubject: {subject}\nMIME-Version: 1.0\nContent-Type: multipart/{subtype}; boundary=b1\n\n"
    return (head + "".join(f"--b1\n{content}\n" for content in contents) + "--b1--\n").encode()


NOTE = "Content-Type: text/plain\n\nYour message could not be delivered."
ORIGINAL = (
    "Content-Type: message/rfc822\n\nFrom: ada@sender.example\nMessage-ID: <sent-1@sender.example>\n"
    "Subject: Your question\n\nHello Bob"
)


def delivery_status(*blocks: str) -> str:
    return "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n" + "\n\n".join(blocks)


HARD = (
    "Original-Recipient: rfc822;Bob@Example.org\nFinal-Recipient: rfc822; bob@inner.example\n"
    "Action: failed\nStatus: 5.1.1"
)
SOFT = "Final-Recipient: rfc822; bob@example.org\nAction: delayed\nStatus: 4.4.1"
GAVE_UP = SOFT.replace("delayed", "failed")
DELIVERED = "Final-Recipient: rfc822; bob@example.org\nAction: delivered\nStatus: 2.0.0"

HARD_DSN = parts("report; report-type=delivery-status", NOTE, delivery_status(HARD), ORIGINAL)
SOFT_DSN = parts("report; report-type=delivery-status", NOTE, delivery_status(SOFT), ORIGINAL)
GAVE_UP_DSN = parts("report; report-type=delivery-status", NOTE, delivery_status(GAVE_UP), ORIGINAL)
MIXED_DSN = parts("report; report-type=delivery-status", NOTE, delivery_status(SOFT.replace("bob", "eve"), HARD))
DELIVERED_DSN = parts("report; report-type=delivery-status", NOTE, delivery_status(DELIVERED))
EMPTY_DSN = parts("report; report-type=delivery-status", NOTE)
READ_RECEIPT = parts(
    "report; report-type=disposition-notification",
    NOTE,
    "Content-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; b@example.org\nDisposition: displayed",
)
ARF = parts(
    "report; report-type=feedback-report",
    NOTE,
    "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\nOriginal-Rcpt-To: <bob@example.org>",
    "Content-Type: text/rfc822-headers\n\nFrom: ada@sender.example\nMessage-ID: <sent-1@sender.example>",
    sender="feedback@isp.example",
)
COMMENTED_DSN = parts(
    "report; report-type=delivery-status", NOTE, delivery_status(HARD.replace("ailed", "ailed (sorry)"))
)
GLOBAL_DSN = HARD_DSN.replace(b"message/delivery-status", b"message/global-delivery-status").replace(
    b"message/rfc822", b"message/global"
)
"""As RFC 6533 has it: what servers send that know addresses beyond ASCII."""
QMAIL = mail(
    "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver your message to"
    "\nthe following addresses. This is a permanent error; I've given up.\n\n<bob@example.org>:\nSorry, no"
    " mailbox here by that name."
    " (#5.1.1)\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <sent-1@sender.example>\n\nHello",
    subject="failure notice",
    sender="MAILER-DAEMON@mx.example",
)
EXIM_PARTS = parts("mixed", NOTE, ORIGINAL).replace(
    b"MIME-Version", b"X-Failed-Recipients: bob@example.org\nMIME-Version"
)
FORWARDED_DSN = parts(
    "mixed",
    "Content-Type: text/plain\n\nLook what I got, try my other address!",
    "Content-Type: message/rfc822\n\n" + HARD_DSN.decode().replace("b1", "b2"),
    sender="bob@example.org",
)
HTML = (
    "From: bob@example.org\nSubject: Re: Your question\nContent-Type: text/html; charset=utf-8\n\n"
    "<html><head><title>x</title><style>p {color: red}</style></head><body><script>alert('stop')</script>"
    "<p>{}</p><blockquote><p>unsubscribe me</p></blockquote></body></html>\n"
)

STOPS = {
    "stop": "stop",
    "STOP with a dot": "STOP.",
    "stop please": "Please stop",
    "quoted as the footer says": "'stop'",
    "no": "no",
    "no with a name below": "No.\n\nBob",
    "no thanks": "No thanks",
    "no, thank you": "Hi Ada,\n\nno, thank you. We have somebody.\n\nBest, Bob",
    "no thanks, with a reason": "No thanks, we built our own.",
    "typographic": "No thanks – not for us.",
    "unsubscribe": "Unsubscribe",
    "unsubscribe me": "Please unsubscribe me from this list.",
    "remove me": "Remove me",
    "take me off": "Hello,\nplease take me off your list",
    "not interested": "Not interested.",
    "not interested, politely": "Hi Ada, thanks for reaching out. We're not interested.",
    "do not write": "Thanks, but don't email me again",
    "stop writing": "Please stop emailing me!",
    "leave alone": "leave me alone",
    "curly apostrophe": "Don’t contact me",
    "zero-width inside": "st\u200bop",
    "full-width": "ｓｔｏｐ",
    "german": "Nein danke",
    "german, no interest": "Hallo Ada,\n\nkein Interesse.\n\nGruß\nBob",
    "german, formal": "Sehr geehrte Frau Example,\nbitte nehmen Sie mich von Ihrer Liste.",
    "german, not interested": "Danke, wir sind nicht interessiert.",
    "german, no more mail": "Bitte keine weiteren E-Mails!",
    "german, unsubscribe": "Bitte abmelden",
    "french": "Non merci",
    "french, with greeting": "Bonjour,\n\nnon merci, nous avons déjà un outil.",
    "french, not interested": "Je ne suis pas intéressé",
    "french, no longer write": "Merci de ne plus me contacter",
    "french, unsubscribe": "Désabonnez-moi svp",
    "french, apostrophe": "Cela ne m’intéresse pas",
    "spanish": "No, gracias",
    "spanish, not interested": "Hola, no me interesa.",
    "spanish, unsubscribe": "Por favor, darme de baja",
    "italian": "No grazie",
    "stop, please": "Stop, please",
    "please, stop": "Please, stop.",
    "short for please": "Pls stop",
    "stop it now": "Stop it now!",
    "no, stop": "No, please stop",
    "a no and a reason": "No, I don't want this",
    "thanks but no thanks": "Thanks, but no thanks",
    "thank you, but no": "Thank you, but no",
    "unsubscribe, please": "Unsubscribe, please",
    "would like to unsubscribe": "I would like to unsubscribe",
    "unsubscribe an address": "Please unsubscribe this address",
    "how do I unsubscribe": "How do I unsubscribe?",
    "remove an address": "How did you get my address? Remove it.",
    "remove from a list": "Please remove this e-mail from your mailing list",
    "remove a colleague": "Bob has left the company. Please remove him from your list.",
    "send no more": "Please do not send me any more emails",
    "receive no more": "I do not wish to receive any further emails",
    "want no more": "I don't want any more mail from you",
    "refrain": "Please refrain from contacting me",
    "pass on this": "We'll pass on this one",
    "spam": "This is spam. Reported as spam.",
    "rude": "Go away",
    "objection": "Under the GDPR I object to the processing of my data",
    "data": "Delete all data you have about me",
    "german, to write no more": "Bitte nicht mehr schreiben",
    "german, to refrain": "Bitte von weiteren Mails absehen",
    "german, objection": "Hiermit widerspreche ich der Verarbeitung meiner Daten",
    "french, to be taken off": "Merci de me retirer de votre liste",
    "french, wish": "Je ne souhaite plus recevoir vos mails",
    "portuguese": "Não, obrigado",
    "portuguese, no interest": "Olá, não tenho interesse",
    "dutch": "Graag uitschrijven",
    "italian, plural": "Cancellatemi dalla lista",
    "above a quote": "stop\n\nOn Thu, 13 Nov 2025, Ada wrote:\n> Tell me more about you?",
    "above an outlook quote": "no thanks\n\n-----Original Message-----\nFrom: Ada\nHello",
}

REPLIES = {
    "no problem": "No problem, tell me more",
    "no worries": "No worries! When can we talk?",
    "yes": "Yes, I'd like to know more.",
    "not stop": "Don't stop, this is great",
    "asks how": "How do people unsubscribe from it?",
    "interested": "I am interested",
    "interested in something else": "Not interested in the free plan, but the paid one sounds great.",
    "a no further on": "We had one before. No. Two. Send me the details.",
    "number": "No. 5 on your list interests me.",
    "no doubt": "No doubt this is useful. Send me the link.",
    "nonstop": "We work non-stop on this and would love help",
    "no thanks needed": "No thanks needed, happy to help. Tell me more!",
    "no further away": "It depends. Our team is no further away than an hour.",
    "stop in the quote only": "Good!\n\nOn Thu, 13 Nov 2025, Ada wrote:\n> Reply 'stop' and I will not.",
    "broken quote": "Good idea\n\nOn Thu, 13 Nov 2025, Ada\n<ada@sender.example> wrote:\n\n> unsubscribe me",
    "german quote": "Gerne, morgen?\n\nAm 13.11.2025 um 02:13 schrieb Ada Example:\n> bitte abmelden",
    "outlook quote": "Call me\n\n________________________________\nFrom: Ada\nSubject: x\n\nstop",
    "signature": "Call me.\n-- \nunsubscribe",
    "far below": "One.\nTwo.\nThree.\nFour.\nstop",
    "german": "Ja gern, erzählen Sie mehr.",
    "german, nothing against it": "Nichts dagegen, schicken Sie mir Details",
    "french": "Oui, avec plaisir",
    "conditional": "Please don't call, but do write. Don't email unless it is free of charge.",
    "asks": "Why would I not be interested?",
    "hesitate": "Don't hesitate to contact me",
    "stop by": "Stop by on Tuesday, please",
    "wish": "I want to unsubscribe from our current vendor, but what about yours?",
    "how, of another": "How do I unsubscribe from our current vendor and move to you?",
    "send no invoice": "Please don't send an invoice yet, let's talk first",
    "remove a limit": "Can you remove the limit on seats?",
    "pass on to": "We'll pass this to our CTO",
    "thanks alone": "Thanks, go on",
    "no objection": "No objection, go on",
    "bus stop": "Our office is at the bus stop",
}

AUTOS = {
    "auto-replied": mail("I am away", Auto_Submitted="auto-replied"),
    "auto-generated with parameters": mail("x", Auto_Submitted="Auto-Generated; owner=x"),
    "auto-notified with comment": mail("x", Auto_Submitted="auto-notified (monthly)"),
    "bulk": mail("x", Precedence="bulk"),
    "auto_reply": mail("x", Precedence="auto_reply"),
    "x-autoreply": mail("x", X_Autoreply="yes"),
    "null sender": mail("x", Return_Path="<>"),
    "out of office": mail("I am back on Monday", subject="Out of Office: Your question"),
    "automatic reply": mail("x", subject="Automatic reply: Your question"),
    "auto": mail("x", subject="AUTO: Bob is out (returning Monday)"),
    "german": mail("x", subject="Abwesenheitsnotiz: Your question"),
    "german, automatic": mail("x", subject="Automatische Antwort: Your question"),
    "french": mail("x", subject="Réponse automatique : Your question"),
    "french, encoded": mail("x", subject="=?utf-8?q?R=C3=A9ponse_automatique?= : Your question"),
    "spanish": mail("x", subject="Respuesta automática: Your question"),
    "portuguese": mail("x", subject="Resposta automática: Your question"),
    "swedish": mail("x", subject="Autosvar: Your question"),
    "polish": mail("x", subject="Odpowiedź automatyczna: Your question"),
    "japanese": mail("x", subject="自動応答: Your question"),
    "notes": mail("x", subject="Bob Smith is out of the office"),
    "a daemon": mail("Sorry it did not work out", sender="MAILER-DAEMON@mx.example"),
    "no-reply": mail("We received your request", sender="no-reply@example.org"),
    "automatic and saying stop": mail("stop", Auto_Submitted="auto-replied"),
}
