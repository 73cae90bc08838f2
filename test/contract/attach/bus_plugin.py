"""A plugin of a plugin bus in Python's standard library alone: WebSocket by hand, envelopes as their description has them.

bus_plugin.py PORT [PATH] [HEADER: VALUE ...]

Each line on stdin is a JSON array: ["send", {envelope}], ["text", "raw text"], ["binary", "text"], ["big", bytes],
["answer", capability, {response fields}] (how requests for it are answered from now on; ["answer", capability, null]
leaves them unanswered), ["close"], ["vanish"]. Each line on stdout is one: ["refused", "status line"], ["open"],
["got", {envelope}], ["answers", capability], ["closed", code, reason].
"""

import base64
import hashlib
import json
import os
import socket
import struct
import sys
import threading

answers = {}
sending = threading.Lock()


def tell(*event):
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def connect(port, path, headers):
    link = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ]
    if not any(header.lower().startswith("host:") for header in headers):
        lines.append(f"Host: 127.0.0.1:{port}")
    link.sendall(("\r\n".join(lines + headers) + "\r\n\r\n").encode())
    stream = link.makefile("rb")
    status = stream.readline().decode().strip()
    accepted = None
    while True:
        line = stream.readline().decode().strip()
        if not line:
            break
        name, _, value = line.partition(":")
        if name.lower() == "sec-websocket-accept":
            accepted = value.strip()
    if " 101 " not in status + " ":
        tell("refused", status)
        sys.exit(0)
    magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    assert accepted == base64.b64encode(hashlib.sha1((key + magic).encode()).digest()).decode()
    return link, stream


def frame(link, opcode, payload):
    size = len(payload)
    head = bytes([0x80 | opcode])
    if size < 126:
        head += bytes([0x80 | size])
    elif size < 65536:
        head += bytes([0x80 | 126]) + struct.pack(">H", size)
    else:
        head += bytes([0x80 | 127]) + struct.pack(">Q", size)
    mask = os.urandom(4)
    # A number as long as the payload masks it at once.
    pad = (mask * (size // 4 + 1))[:size]
    masked = (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")
    with sending:
        try:
            link.sendall(head + mask + masked)
        except OSError:
            pass


def send(link, envelope):
    frame(link, 1, json.dumps(envelope).encode())


def read(stream):
    """Yields (opcode, payload) for each whole message."""
    parts = b""
    first = 0
    while True:
        head = stream.read(2)
        if len(head) < 2:
            return
        size = head[1] & 0x7F
        if size == 126:
            size = struct.unpack(">H", stream.read(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", stream.read(8))[0]
        payload = stream.read(size)
        opcode = head[0] & 0x0F
        if opcode >= 8:
            yield opcode, payload
            continue
        first = opcode or first
        parts += payload
        if head[0] & 0x80:
            yield first, parts
            parts = b""


def control(link):
    for line in sys.stdin:
        what, *rest = json.loads(line)
        if what == "send":
            send(link, rest[0])
        elif what == "text":
            frame(link, 1, rest[0].encode())
        elif what == "binary":
            frame(link, 2, rest[0].encode())
        elif what == "big":
            frame(link, 1, b'{"type":"log","message":"' + b"x" * rest[0] + b'"}')
        elif what == "answer":
            answers[rest[0]] = rest[1]
            tell("answers", rest[0])
        elif what == "close":
            frame(link, 8, struct.pack(">H", 1000))
        elif what == "vanish":
            os._exit(0)


def main():
    path = sys.argv[2] if len(sys.argv) > 2 else "/"
    link, stream = connect(int(sys.argv[1]), path, sys.argv[3:])
    tell("open")
    threading.Thread(target=control, args=(link,), daemon=True).start()
    code, reason = 1006, ""
    try:
        for opcode, payload in read(stream):
            if opcode == 8:
                code = struct.unpack(">H", payload[:2])[0] if len(payload) >= 2 else 1005
                reason = payload[2:].decode()
                frame(link, 8, payload)
                break
            if opcode == 9:
                frame(link, 10, payload)
            if opcode != 1:
                continue
            message = json.loads(payload)
            tell("got", message)
            if message.get("type") == "request":
                capability = message["capability"]
                answer = answers.get(capability, {"success": True, "data": {"echo": message["payload"]}})
                if answer is not None:
                    send(link, {"type": "response", "requestId": message["requestId"], **answer})
    except OSError:
        pass
    tell("closed", code, reason)


main()
