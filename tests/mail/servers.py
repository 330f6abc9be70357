"""Mail servers on loopback, as bad as they come."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class MailServer:
    """Takes every mail, unless `refuses` has an answer to give after the recipient. `mails` holds the text of each."""

    port: int
    hangs: bool = False
    hangs_after_data: bool = False
    refuses: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    mails: list[str] = field(default_factory=list)
    dropped_after: int | None = None


def _converse(server: MailServer, client: socket.socket) -> None:
    with client, client.makefile("rwb") as stream:

        def say(line: str) -> None:
            stream.write(f"{line}\r\n".encode())
            stream.flush()

        taken = 0
        say("220 loopback")
        while line := stream.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "DATA":
                say("354 go on")
                text = b"".join(iter(stream.readline, b".\r\n")).decode()
                if server.hangs_after_data:
                    stream.read()  # until the other side gives up
                    return
                if taken == server.dropped_after:
                    return
                server.mails.append(text)
                taken += 1
            if verb == "RCPT":
                address = line.partition("<")[2].partition(">")[0]
                say(server.refuses.get(address, "250 ok"))
                continue
            say("221 bye" if verb == "QUIT" else "250 ok")


def _serve(server: MailServer, listening: socket.socket) -> None:
    kept: list[socket.socket] = []
    while True:
        try:
            client, _address = listening.accept()
        except OSError:
            for one in kept:
                one.close()
            return
        server.connections += 1
        if server.hangs:
            kept.append(client)
            continue
        threading.Thread(target=_converse, args=(server, client), daemon=True).start()


@contextmanager
def mail_server(settings, **how) -> Iterator[MailServer]:
    """One that the outbox speaks to as long as it lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = MailServer(port=listening.getsockname()[1], **how)
        thread = threading.Thread(target=_serve, args=(server, listening), daemon=True)
        thread.start()
        settings.ACCORD_MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        try:
            yield server
        finally:
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    assert not thread.is_alive()
