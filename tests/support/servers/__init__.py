"""Model servers on the loopback that speak the providers' protocols, for tests and the demonstration.

`ModelServer` runs in this process and is scripted reply by reply; `process.serving()` runs one in a
process of its own, whose replies follow from the query alone (see `echo`). All protocols are served at
once, by path:

    /v1/chat/completions                    OpenAI and all who speak like it, /v1/models
    /v1/messages                            Anthropic
    /v1beta/models/M:streamGenerateContent  Google
    /api/tags                               Ollama's list of models
"""

from tests.support.servers.replies import Call, Cut, Fail, Garbage, Reply, Torn
from tests.support.servers.server import ModelServer, Received

__all__ = ["Call", "Cut", "Fail", "Garbage", "ModelServer", "Received", "Reply", "Torn"]
