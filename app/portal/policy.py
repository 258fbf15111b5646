"""The Content-Security-Policy of pages: everything from here, nothing inline, no `eval`."""

from collections.abc import Mapping

_NONE: Mapping[str, str] = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}

_SAFE: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def _policy(**sources: str) -> str:
    allowed = {**_NONE, **{name.replace("_", "-"): value for name, value in sources.items()}}
    return "; ".join(f"{name} {value}" for name, value in allowed.items())


FILE_HEADERS: Mapping[str, str] = {
    **_SAFE,
    # A worker's own, since it has none of the page's.
    "Content-Security-Policy": _policy(script_src="'self'", connect_src="'self'"),
}


def page_headers() -> dict[str, str]:
    """For a page that is only read: its style and pictures come from here, and it runs nothing."""
    policy = _policy(style_src="'self'", img_src="'self'")
    return {**_SAFE, "Content-Security-Policy": policy, "Cache-Control": "no-store", "Vary": "Accept"}


def program_headers(nonce: str) -> dict[str, str]:
    """For a page with a program. `nonce` is for style elements alone, which Monaco makes; see `web/src/csp.ts`.

    Pictures in `data:` addresses are those in Monaco's style sheets.
    """
    policy = _policy(
        script_src="'self'",
        style_src=f"'self' 'nonce-{nonce}'",
        img_src="'self' data:",
        font_src="'self'",
        connect_src="'self'",
        worker_src="'self'",
    )
    return {**page_headers(), "Content-Security-Policy": policy}


def portal_headers(nonce: str) -> dict[str, str]:
    """For the portal. `nonce` is for the one style element that React Aria makes; it connects to here alone, sockets
    included, which `'self'` names for browsers of this decade."""
    policy = _policy(
        script_src="'self'",
        style_src=f"'self' 'nonce-{nonce}'",
        img_src="'self'",
        font_src="'self'",
        connect_src="'self'",
    )
    return {**page_headers(), "Content-Security-Policy": policy}
