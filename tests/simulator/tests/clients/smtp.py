"""Python's smtplib drives the mail double. One line a check; the first that fails ends it."""

import json
import smtplib
import sys
import urllib.request
from email.message import EmailMessage
from email.utils import formatdate

base, port = sys.argv[1], int(sys.argv[2])


def check(name, holds):
    print(("ok " if holds else "FAILED ") + name, flush=True)
    if not holds:
        sys.exit(1)


def control(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(f"{base}/_control/{path}", data=data, method=method, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or b"null")


def mail(number=1):
    message = EmailMessage()
    message["From"] = "shop@example.com"
    message["To"] = "ann@example.org"
    message["Subject"] = "春の新作"
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{number}@example.com>"
    message["List-Unsubscribe"] = "<https://example.com/u/1>, <mailto:u@example.com>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("hello\n.\n.dots\n")
    message.add_alternative("<p>hello</p>", subtype="html")
    return message


def client():
    smtp = smtplib.SMTP("127.0.0.1", port, timeout=60)
    smtp.login("shop", "secret")
    return smtp


def fault(phase, kind):
    control("PUT", "mail/faults", {"faults": [{"phase": phase, "kind": kind, "count": 1}]})


control("PUT", "mail", {"username": "shop", "password": "secret"})
with client() as smtp:
    check("smtplib is told of the extensions", smtp.has_extn("size") and smtp.has_extn("pipelining"))
    check("smtplib sends", smtp.send_message(mail()) == {})
    [got] = control("GET", "mail/deliveries/ann@example.org")
    check("dots are as they were", "\r\n.\r\n.dots\r\n" in got["raw"])
    check("its Message-ID is kept", got["message_id"] == "1@example.com")
    for phase, code in [("mail", 451), ("rcpt", 550), ("rcpt", 452), ("data", 554), ("end", 552), ("end", 450)]:
        fault(phase, {"reply": {"code": code, "text": "5.0.0 no"}})
        try:
            smtp.send_message(mail(2))
            check(f"{code} at {phase}", False)
        except smtplib.SMTPRecipientsRefused as error:
            check(f"{code} at {phase}", error.recipients["ann@example.org"][0] == code)
        except smtplib.SMTPResponseException as error:
            check(f"{code} at {phase}", error.smtp_code == code)
        # After DATA is refused smtplib itself says nothing, and the sender stands.
        smtp.rset()
    bare = mail(3)
    del bare["List-Unsubscribe-Post"]
    try:
        smtp.send_message(bare)
        check("bulk mail without one click is refused", False)
    except smtplib.SMTPDataError as error:
        check("bulk mail without one click is refused", error.smtp_code == 550)
    smtp.docmd("RSET")
    check("VRFY is unknown", smtp.docmd("VRFY ann")[0] == 500)
    check("smtplib sends again", smtp.send_message(mail(4)) == {})

for phase, kind in [("rcpt", "drop"), ("end", "drop_after_accept"), ("connect", {"reply": {"code": 554, "text": "no"}})]:
    fault(phase, kind)
    try:
        with client() as smtp:
            smtp.send_message(mail(5))
        check(f"{kind} at {phase}", False)
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPConnectError):
        check(f"{kind} at {phase}", True)
try:
    smtplib.SMTP("127.0.0.1", port).login("shop", "wrong")
    check("a wrong password", False)
except smtplib.SMTPAuthenticationError as error:
    check("a wrong password", error.smtp_code == 535)
with smtplib.SMTP("127.0.0.1", port) as smtp:
    try:
        smtp.send_message(mail(6))
        check("no mail without a login", False)
    except smtplib.SMTPResponseException as error:
        check("no mail without a login", error.smtp_code == 530)
totals = control("GET", "mail/totals")
check("what was taken is counted", totals["deliveries"] == 3 and totals["max_copies_per_person"] == 1)
