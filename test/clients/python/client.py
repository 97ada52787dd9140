"""Calls the server with the official Python client and prints what it saw as JSON."""

import asyncio
import json
import sys

from mcp import Client


async def main(url: str, mode: str) -> None:
    progress: list[float] = []

    async def on_progress(done: float, total: float | None, message: str | None) -> None:
        progress.append(done)

    async with Client(url, mode=mode) as client:
        tools = await client.list_tools()
        fact = await client.call_tool("lookup_fact", {"topic": "affinity"})
        primes = await client.call_tool("compute_primes", {"limit": 50_000_000}, progress_callback=on_progress)
        refusal = await client.call_tool("lookup_fact", {"topic": "unknown"})
        resource = await client.read_resource("fact://affinity")
        prompt = await client.get_prompt("explain_fact", {"topic": "affinity"})
        print(json.dumps({
            "tools": [tool.name for tool in tools.tools],
            "fact": fact.structured_content,
            "count": primes.structured_content["count"],
            "progress": progress,
            "refused": refusal.is_error,
            "resource": resource.contents[0].text,
            "prompt": prompt.messages[0].content.text,
        }))


asyncio.run(main(sys.argv[1], sys.argv[2]))
