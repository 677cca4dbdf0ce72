"""One example of every shape: documentation, and what its test posts and reads."""

from __future__ import annotations

SHA = "4d2f6a0c9b1e7f3a5c8d0e2b4f6a8c0d1e3f5a7b"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015"
REPO = "shop-1a2b3c4d"
UID = "shop/cart.py::Cart.checkout"
NODE = {
    "uid": UID,
    "path": "shop/cart.py",
    "qualname": "Cart.checkout",
    "kind": "method",
    "start_line": 19,
    "end_line": 21,
    "module": "shop.cart",
    "signature": "def checkout(self, voucher=None)",
    "doc": "Close the cart and say what is to pay.",
}

NEW_REPOSITORY = {"source": "https://example.com/team/shop.git", "ref": "main"}

REPOSITORY = {
    "id": REPO,
    "name": "shop",
    "kind": "mirror",
    "origin": "https://example.com/team/shop",
    "ref": "main",
    "added_by": "api",
    "created_at": 1764000000.0,
}

REPOSITORIES = {"repos": [REPOSITORY]}

SYNC = {"sha": SHA}

EVENT = {
    "id": 7,
    "repo": REPO,
    "delivery": "api-5f0c",
    "kind": "ref",
    "target": "HEAD",
    "source": "api",
    "state": "due",
    "attempts": 0,
    "created_at": 1764000000.0,
    "due_at": 1764000000.0,
    "error": "",
}

STATUS = {
    "repo": REPO,
    "ref": "refs/heads/main",
    "wanted": SHA,
    "indexed": SHA,
    "digest": DIGEST,
    "current": True,
    "lag": {"commits": 0, "seconds": 0.0},
    "last_run": {
        "run": "r1",
        "state": "done",
        "started_at": 1764000000.0,
        "finished_at": 1764000004.2,
        "message": "",
        "counts": {"files": 120},
    },
    "events": {"done": 3},
    "counts": {"function": 340, "CALLS": 912},
    "skipped": {"binary": 4},
    "warnings": ["shop/legacy.py: line 3: invalid syntax"],
    "indexer": "running",
    "indexer_age_seconds": 1.5,
    "problem": "",
    "sync": {},
    "stored": {"facts": 812345, "fragments": 93210, "reads": 71034, "manifests": 20480},
    "disk": {"store": 1232896, "catalog": 90112, "vectors": 655360, "views": 2703360},
    "snapshots": {"count": 41, "bytes": 18220, "median": 212},
}

SNAPSHOT = {
    "sha": SHA,
    "digest": DIGEST,
    "files": 120,
    "created_at": 1764000004.2,
    "stored_bytes": 13210,
    "refs": ["main"],
    "outdated": False,
}

SNAPSHOTS = {"repo": REPO, "snapshots": [SNAPSHOT], "cursor": "QdpJ-gAAAAA"}

SNAPSHOT_ANSWER = {
    "repo": REPO,
    "state": "ready",
    "snapshot": SNAPSHOT,
    "base": "",
    "counts": {"files": 120, "nodes": 1200, "edges": 5400, "unresolved": 310},
    "skipped": {"binary": 4},
    "warnings": ["shop/legacy.py: line 3: invalid syntax"],
}

SNAPSHOT_WISH = {"sha": "v1.2"}

SNAPSHOT_ASKED = {"repo": REPO, "state": "queued", "sha": SHA, "event": {**EVENT, "kind": "sha", "target": SHA}}

QUESTION = {"repo": REPO, "task": "Vouchers are applied twice at checkout", "max_tokens": 4000, "entry_points": [UID]}

CONTEXT = {
    "repo": REPO,
    "sha": SHA,
    "digest": DIGEST,
    "encoding": "cl100k_base",
    "tokens": 312,
    "max_tokens": 4000,
    "text": "## shop/cart.py:19-21 Cart.checkout\n…",
    "items": [
        {
            "uid": UID,
            "path": "shop/cart.py",
            "start_line": 19,
            "end_line": 21,
            "symbol": "Cart.checkout",
            "kind": "method",
            "level": "full",
            "tokens": 58,
            "blob": "0f3c1d5e7a9b2c4d6e8f0a1b3c5d7e9f1a2b4c6d",
            "why": ["entry point", "words: checkout, vouchers"],
            "scores": {"text": 1.0, "mentions": 1.0},
        }
    ],
    "omitted": [{"uid": "shop/report.py::totals", "symbol": "totals", "tokens": 2210, "reason": "over budget"}],
    "nodes_truncated": 0,
    "replay_id": "b2c4d6e8",
    "engine": "1",
    "lag": {"wanted": SHA, "indexed": SHA, "current": True, "commits": 0, "seconds": 0.0},
}

SEARCH = {
    "repo": REPO,
    "sha": SHA,
    "digest": DIGEST,
    "query": "voucher",
    "hits": [
        {
            "uid": UID,
            "path": "shop/cart.py",
            "start_line": 19,
            "end_line": 21,
            "symbol": "Cart.checkout",
            "kind": "method",
            "score": 0.83,
            "snippet": "def checkout(self, voucher=None):",
        }
    ],
}

NODE_ANSWER = {"repo": REPO, "sha": SHA, "digest": DIGEST, "node": NODE, "contains": []}

CALLERS = {
    "repo": REPO,
    "sha": SHA,
    "digest": DIGEST,
    "node": NODE,
    "callers_total": 1,
    "callers": [
        {"uid": "shop/web.py::pay", "kind": "CALLS", "how": "inferred", "confidence": 0.89, "lines": [12], "node": None}
    ],
    "below_minimum": 0,
    "could_be_total": 1,
    "could_be": [
        {"source": "shop/jobs.py::run", "text": "job.cart.checkout", "reason": "unknown receiver", "line": 40}
    ],
}

CALLEES = {
    "repo": REPO,
    "sha": SHA,
    "digest": DIGEST,
    "node": NODE,
    "callees_total": 1,
    "callees": [
        {
            "uid": "shop/prices.py::total_price",
            "kind": "CALLS",
            "how": "exact",
            "confidence": 0.99,
            "lines": [21],
            "node": None,
        }
    ],
    "below_minimum": 0,
}

NODES = {"repo": REPO, "sha": SHA, "digest": DIGEST, "nodes": [NODE], "more": False}

STEP = {
    "uid": "shop/prices.py::total_price",
    "kind": "CALLS",
    "direction": "out",
    "how": "exact",
    "confidence": 0.99,
    "lines": [21],
}

NEIGHBOURS = {
    "repo": REPO,
    "sha": SHA,
    "digest": DIGEST,
    "uid": UID,
    "node": NODE,
    "neighbours_total": 1,
    "neighbours": [
        {
            "direction": "in",
            "uid": "shop/web.py::pay",
            "kind": "CALLS",
            "how": "inferred",
            "confidence": 0.89,
            "lines": [12],
            "node": None,
        }
    ],
    "below_minimum": 0,
}

EXPANDED = {
    "repo": REPO,
    "sha": SHA,
    "digest": DIGEST,
    "node": NODE,
    "reached": [{"node": {**NODE, "uid": "shop/prices.py::total_price"}, "weight": 0.9, "path": [STEP]}],
    "cut_off": "",
}

ROUTE = {
    "repo": REPO,
    "sha": SHA,
    "digest": DIGEST,
    "from": UID,
    "to": "shop/prices.py::total_price",
    "outcome": "found",
    "words": "A way of 1 step.",
    "max_steps": 8,
    "looked_at": 3,
    "steps": [STEP],
}

NODE_ROW = {
    "type": "node",
    "uid": UID,
    "kind": "method",
    "name": "shop.cart.Cart.checkout",
    "path": "shop/cart.py",
    "start": 19,
    "end": 21,
}

EDGE_ROW = {
    "type": "edge",
    "kind": "CALLS",
    "source": "shop.cart.Cart.checkout",
    "target": "shop.prices.total_price",
    "source_uid": UID,
    "target_uid": "shop/prices.py::total_price",
    "how": "exact",
    "line": 21,
    "lines": [21],
    "external": False,
}

SITE_ROW = {
    "type": "unresolved",
    "source": "shop.jobs.run",
    "source_uid": "shop/jobs.py::run",
    "text": "job.cart.checkout",
    "line": 40,
    "reason": "unknown-receiver",
}

GRAPH = {"repo": REPO, "sha": SHA, "digest": DIGEST, "nodes": [NODE_ROW], "edges": [EDGE_ROW], "unresolved": [SITE_ROW]}

_NONE = {"added": 0, "removed": 0, "changed": 0, "moved": 0}

EDGE = {
    "kind": "CALLS",
    "source": UID,
    "target": "shop/prices.py::total_price",
    "how": "exact",
    "confidence": 0.99,
    "lines": [21],
}

DIFF = {
    "repo": REPO,
    "old": {"sha": "0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c", "digest": "0cc175b9c0f1b6a831c399e269772661"},
    "new": {"sha": SHA, "digest": DIGEST},
    "comparable": True,
    "totals": {
        "files": {"added": 0, "removed": 0, "changed": 1, "renamed": 0},
        "nodes": {**_NONE, "changed": 1},
        "edges": {**_NONE, "added": 1},
        "unresolved": _NONE,
    },
    "files": {"added": [], "removed": [], "changed": ["shop/cart.py"], "renamed": []},
    "nodes": {"added": [], "removed": [], "changed": [{"old": {**NODE, "end_line": 20}, "new": NODE}], "moved": []},
    "edges": {"added": [EDGE], "removed": [], "changed": [], "moved": []},
    "unresolved": {"added": [], "removed": [], "changed": [], "moved": []},
}

DIGEST_ANSWER = {
    "repo": REPO,
    "sha": SHA,
    "digest": DIGEST,
    "counts": {"function": 340, "CALLS": 912, "unresolved": 55},
}

CLUSTERS = {
    "repo": REPO,
    "sha": SHA,
    "digest": DIGEST,
    "made_of": SHA,
    "symbols": 2,
    "silhouette": 0.0,
    "embedder": "static-256-1",
    "clusters": [{"label": "cart, checkout", "size": 2, "members": [UID, "shop/cart.py::Cart.add"]}],
}

HEALTH = {"status": "ok", "version": "0.1.0"}

READY = {"status": "ready", "stores": "ok", "indexer": "running", "indexer_age_seconds": 1.5}

PROBLEM = {
    "type": "/docs#snapshot_not_ready",
    "title": "The commit exists but is not indexed",
    "status": 409,
    "code": "snapshot_not_ready",
    "detail": f"{SHA[:24]} of {REPO} is not indexed; nothing is yet.",
    "remedy": f'Ask for it: `aura index {REPO} --sha {SHA}`, or POST {{"sha": "{SHA}"}} to /api/v1/repos/{REPO}/snapshots.',
    "repo": REPO,
    "wanted": SHA,
    "indexed": None,
}
