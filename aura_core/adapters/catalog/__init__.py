"""The catalog: repositories, events, leases, refs and heartbeats."""
