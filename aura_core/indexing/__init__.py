"""The verbs of a sync: plan, parse, graph, embed, snapshot, cluster."""
