"""Examples for the help of every command, as people type them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "context": (
        'aura context "vouchers are applied twice at checkout"',
        "git diff | aura context - --budget 2000",
        'aura context "why is the total rounded" --sha v1.2 --entry shop.prices.total_price',
    ),
    "search": ('aura search "voucher rounding" --limit 5', "aura search total_price --repo ../shop"),
    "index": ("aura index", "aura index https://example.com/shop.git", "aura index . --sha HEAD~1"),
    "repos add": ("aura repos add .", "aura repos add https://example.com/shop.git --ref main"),
    "repos list": ("aura repos list", "aura repos list --json"),
    "repos show": ("aura repos show", "aura repos show ../shop"),
    "repos remove": ("aura repos remove .", "aura repos remove shop-1a2b3c4d"),
    "status": ("aura status", "aura status --sha v1.2", "aura status --all"),
    "snapshots": ("aura snapshots", "aura snapshots --ref main --limit 5"),
    "verify": ("aura verify", "aura verify --sample 5", "aura verify --range v1.0..main"),
    "gc": ("aura gc --dry-run", "aura gc"),
    "clusters": ("aura clusters", "aura clusters --sha v1.2"),
    "serve": ("aura serve", "aura serve --port 0"),
    "dev": ("aura dev", "aura dev --repo https://example.com/shop.git", "aura dev --once"),
    "mcp": ("aura mcp --print-config",),
    "doctor": ("aura doctor", "aura doctor --json"),
    "version": ("aura version",),
    "graph export": ("aura graph export", "aura graph export --kind CALLS --path shop/"),
    "graph node": ("aura graph node Cart.checkout", "aura graph node shop/cart.py:20"),
    "graph callers": ("aura graph callers total_price", "aura graph callers shop.prices.total_price --sha v1.2"),
    "graph callees": ("aura graph callees Cart.checkout --min-confidence 0.9",),
    "graph digest": ("aura graph digest", "aura graph digest --sha v1.2"),
    "graph find": ("aura graph find '*price*'", "aura graph find 'shop.*.Cart' --limit 5"),
    "graph file": ("aura graph file shop/cart.py",),
    "graph at": ("aura graph at shop/cart.py:20",),
    "graph neighbours": ("aura graph neighbours Cart --kind EXTENDS --direction in",),
    "graph expand": ("aura graph expand Cart.checkout --direction in",),
    "graph path": ("aura graph path shop.web.pay external:json.dumps --kind CALLS",),
    "graph diff": ("aura graph diff v1.2 main", "aura graph diff HEAD~1 HEAD --json"),
}


def example_text(command: str) -> str:
    """Return the examples of a command as the last paragraph of its help."""
    return "\n\n".join(("Examples:", *EXAMPLES.get(command, ())))
