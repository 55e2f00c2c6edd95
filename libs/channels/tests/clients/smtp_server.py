"""A mail server that others wrote takes mail, and Python's own parser reads it. One line of JSON a mail."""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("none@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.SMTP)
        defects = list(mail.defects)
        for part in mail.walk():
            defects.extend(part.defects)
        for value in mail.values():
            defects.extend(value.defects)
        read = {
            "mail_from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name: str(value) for name, value in mail.items()},
            "text": mail.get_body(("plain",)).get_content(),
            "html": mail.get_body(("html",)).get_content(),
            "types": [part.get_content_type() for part in mail.walk()],
            "defects": [repr(defect) for defect in defects],
        }
        print(json.dumps(read), flush=True)
        return "250 2.0.0 Ok: queued as PY1"


def login(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and data == LoginPassword(b"shop", b"secret-of-the-shop")
    # Not handled: the server itself says 535.
    return AuthResult(success=right, handled=right)


async def main():
    loop = asyncio.get_running_loop()

    def factory():
        return SMTP(
            Handler(),
            hostname="peer.invalid",
            auth_require_tls=False,
            auth_required=True,
            authenticator=login,
            loop=loop,
        )

    server = await loop.create_server(factory, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Ends with whoever started it.
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
