"""A model host of twenty milliseconds: speaks the protocol, calls nobody. `python fake_host.py DIARY [BOOT]`.

The model's name in a call says what happens; the diary, one JSON object a line, tells what the host was asked.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

diary, boot = sys.argv[1], (sys.argv[2] if len(sys.argv) > 2 else "")


def note(**what: object) -> None:
    with Path(diary).open("a") as file:
        file.write(json.dumps(what) + "\n")


def say(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def end(name: str, text: str) -> None:
    usage = {"input": 3, "output": 2}
    done = {"text": text, "finish_reason": "stop", "usage": usage, "usage_source": "provider"}
    say(op="done", id=name, done=done)


def answer(call: dict[str, Any]) -> None:
    name = call["id"]
    if call["model"] == "echo":
        text = call["messages"][-1]["content"]
        for at in range(0, len(text), 5):
            say(op="delta", id=name, delta={"text": text[at : at + 5]})
        end(name, text)
    elif call["model"] == "refused":
        say(op="failed", id=name, failed={"kind": "key_refused", "status": 401, "billed": "no"})
    elif call["model"] == "flood":
        for _ in range(3_000):
            say(op="delta", id=name, delta={"text": "x" * 100})
        end(name, "the whole flood")
        note(flooded=name)
    elif call["model"] == "garbage":
        sys.stdout.write("not JSON\n\n{}\n[1]\n")
        say(op="done", id=name)
        say(op="delta", id="nobody", delta={"text": "lost"})
        say(op="sings", id=name)
        sys.stdout.flush()
        sys.stdout.buffer.write(b"\xff\xfe\x00\n")
        end(name, "still here")
    elif call["model"] == "die":
        say(op="delta", id=name, delta={"text": "last wo"})
        os._exit(9)
    elif call["model"] == "freeze":
        time.sleep(600)
    elif call["model"] == "begin":
        say(op="delta", id=name, delta={"text": "begun"})


note(started=os.getpid(), environ=dict(os.environ), folder=str(Path.cwd()))
if boot == "broken":
    say(op="broken", line="No module named 'litellm'")
    sys.exit(3)
if boot == "exit":
    sys.exit(1)
if boot == "silent":
    time.sleep(600)
say(op="ready")
for line in sys.stdin:
    message = json.loads(line)
    if message["op"] == "call":
        note(call=message["call"])
        answer(message["call"])
    else:
        note(cancelled=message["id"])
note(closed=os.getpid())
