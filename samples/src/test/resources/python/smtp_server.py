"""A mail server that wants STARTTLS and a login: prints its port and each message. CERTFILE KEYFILE."""

import asyncio
import json
import ssl
import sys

try:
    from aiosmtpd.smtp import SMTP, AuthResult
except ImportError as missing:
    print(missing, flush=True)
    sys.exit(3)


class Printer:
    async def handle_DATA(self, server, session, envelope):
        message = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "text": envelope.content.decode(),
        }
        print(json.dumps(message), flush=True)
        return "250 OK"


def authenticate(server, session, envelope, mechanism, login):
    success = (login.login, login.password) == (b"user", b"secret")
    return AuthResult(success=success, handled=False)


async def main(certfile, keyfile):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certfile, keyfile)
    options = {"tls_context": context, "require_starttls": True}
    login = {"auth_required": True, "authenticator": authenticate}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Printer(), **options, **login), "127.0.0.1", 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main(sys.argv[1], sys.argv[2]))
