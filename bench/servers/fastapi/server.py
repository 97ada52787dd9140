"""The MCP methods that are measured, written by hand on FastAPI: no SDK, no authentication, no telemetry.

The facts come as JSON in the environment variable BENCH_FACTS, the texts of the tool in BENCH_TOOL.
"""

import json
import os
from typing import Annotated, Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

FACTS: dict[str, dict[str, str]] = json.loads(os.environ["BENCH_FACTS"])
TOOL: dict[str, str] = json.loads(os.environ["BENCH_TOOL"])


class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    topic: Annotated[str, Field(min_length=1, max_length=100, description=TOOL["topicDescription"])]


class Fact(BaseModel):
    model_config = ConfigDict(extra="forbid")
    topic: str
    fact: str
    source: Annotated[str, Field(description=TOOL["sourceDescription"])]


TOOLS = [
    {
        "name": TOOL["name"],
        "title": TOOL["title"],
        "description": TOOL["description"],
        "inputSchema": Arguments.model_json_schema(),
        "outputSchema": Fact.model_json_schema(),
        "annotations": {"readOnlyHint": True, "destructiveHint": False, "idempotentHint": True, "openWorldHint": False},
    }
]

app = FastAPI(openapi_url=None)


@app.post("/mcp")
async def mcp(request: Request) -> JSONResponse:
    message: dict[str, Any] = await request.json()
    params = message.get("params") or {}
    match message.get("method"):
        case "tools/call":
            return answer(message, call_tool(params))
        case "tools/list":
            return answer(message, {"tools": TOOLS, "resultType": "complete", "ttlMs": 60_000, "cacheScope": "private"})
        case method:
            error = {"code": -32601, "message": f"Method not found: {method}"}
            return JSONResponse({"jsonrpc": "2.0", "id": message.get("id"), "error": error}, status_code=404)


def answer(message: dict[str, Any], result: dict[str, Any]) -> JSONResponse:
    return JSONResponse({"result": result, "jsonrpc": "2.0", "id": message.get("id")})


def call_tool(params: dict[str, Any]) -> dict[str, Any]:
    if params.get("name") != TOOL["name"]:
        return refuse(f"Unknown tool: {params.get('name')}")
    try:
        arguments = Arguments.model_validate(params.get("arguments") or {})
        fact = Fact(topic=arguments.topic, **FACTS[arguments.topic]).model_dump()
    except ValidationError as error:
        return refuse(str(error))
    except KeyError:
        return refuse(f"No fact is known about {arguments.topic}.")
    text = json.dumps(fact, separators=(",", ":"))
    return {"content": [{"type": "text", "text": text}], "structuredContent": fact, "resultType": "complete"}


def refuse(text: str) -> dict[str, Any]:
    return {"isError": True, "content": [{"type": "text", "text": text}], "resultType": "complete"}
