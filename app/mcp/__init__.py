"""A Model Context Protocol server at `/mcp`: the API for assistants, by tools, resources and prompts.

Each of them runs a GraphQL document of this folder through the engine that answers `/graphql`, for the viewer of the
request's token. There is no other way to anything: visibility, limits, deadlines and audit are those of the API. Words
that people typed are fenced (`fence`) on their way out.

The protocol's SDK is imported with the first request (`server`), so that it costs servers nothing that no assistant
asks.
"""
