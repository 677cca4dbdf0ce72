"""The core of Aura: facts, links, snapshots, views and ranking. It knows neither Dagster nor HTTP nor MCP."""
