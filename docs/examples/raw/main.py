import json
import sys

stdin, stdout = sys.stdin.buffer, sys.stdout.buffer


def read():
    length = None
    while line := stdin.readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return json.loads(stdin.read(length)) if length is not None else None


def write(**message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    stdout.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    stdout.flush()


while message := read():
    method, params = message.get("method"), message.get("params", {})
    if method == "exit":
        break
    if method == "initialize":
        can = {"conversation": True}
        write(id=message["id"], result={"protocolVersion": 1, "plugin": {"name": "raw"}, "capabilities": can})
    elif method == "call":
        text = params["args"]["text"].upper()
        inside = {"callId": params["_meta"]["callId"]}
        write(id=1, method="conversation/addMessage", params={"content": f"**{text}**", "_meta": inside})
        write(id=message["id"], result={"text": text})
    elif method and "id" in message:
        write(id=message["id"], result=None)
