"""A model provider on loopback that does what a script says: OpenAI chat completions, streamed and not, with faults.

def script(number: int, body: dict[str, Any]) -> Answer:      # number counts the requests, from 1
    return Answer.throttled(2) if number == 1 else Answer.text("hello", 1_200, 300, cached=1_000)

Answer.using(Use("clock__now", '{"zone": "Europe/Berlin"}', "c1"), split=3)   # asks for a tool, in pieces

with ScriptedEndpoint(script) as endpoint:                    # or one Answer, or a list (its last one stays)
    ...                                                       # endpoint.url is the `api_base`
assert endpoint.requests[0].key == "sk-test"
assert spent == endpoint.cost(price)                          # micro-dollars of everything that was answered
"""

from tests.endpoint.answers import Answer, Usage, Use
from tests.endpoint.server import Request, Script, ScriptedEndpoint, messages_of

__all__ = ["Answer", "Request", "Script", "ScriptedEndpoint", "Usage", "Use", "messages_of"]
