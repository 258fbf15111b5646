"""Documents that clients send by their SHA-256 alone, and, if so chosen, the only ones that are answered.

A request names one in `extensions.persistedQuery: {version: 1, sha256Hash: "…"}`, as Apollo's and urql's clients
do. The documents are those that were there when the server started: nothing that clients send is added to them.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.settings import Settings, SettingsError


class NotTrusted(Exception):
    """The document can't be had, or isn't answered here. `code` is for programs, Apollo's where it has one."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class TrustedDocuments:
    """Raises `SettingsError` for a manifest that can't be read or contradicts itself."""

    def __init__(self, settings: Settings) -> None:
        self._known = _read(settings.trusted_documents) if settings.trusted_documents else {}
        self._only = settings.trusted_documents_only
        if self._only and not self._known:
            raise SettingsError("STAGEPATH_TRUSTED_DOCUMENTS_ONLY needs documents in STAGEPATH_TRUSTED_DOCUMENTS")

    def text(self, query: str | None, extensions: Mapping[str, Any] | None) -> str:
        """The document of a request. Raises `NotTrusted`."""
        named = (extensions or {}).get("persistedQuery")
        if named is None:
            if query is None:
                raise NotTrusted("BAD_REQUEST", "`query` is missing: send the document as text.")
            return self._allowed(query)
        digest = _digest(named)
        if not query:  # empty, where the client's protocol asks for a text
            return self._found(digest)
        if hash_of(query) != digest:
            raise NotTrusted("PERSISTED_QUERY_HASH_MISMATCH", "`sha256Hash` is not the SHA-256 of `query`.")
        return self._allowed(query)

    def _found(self, digest: str) -> str:
        text = self._known.get(digest)
        if text is not None:
            return text
        if not self._known:
            raise NotTrusted("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
        raise NotTrusted("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")

    def _allowed(self, query: str) -> str:
        if self._only and hash_of(query) not in self._known:
            message = "This server answers documents that it was given at its start, and this is none of them."
            raise NotTrusted("DOCUMENT_NOT_TRUSTED", message)
        return query


def hash_of(document: str) -> str:
    return sha256(document.encode("utf-8", "surrogatepass")).hexdigest()


def _digest(named: Any) -> str:
    digest = named.get("sha256Hash") if isinstance(named, dict) else None
    if not isinstance(digest, str) or named.get("version") != 1:
        raise NotTrusted(
            "BAD_REQUEST", 'A document is named by `{"persistedQuery": {"version": 1, "sha256Hash": "…"}}`.'
        )
    return digest.lower()


def _read(path: Path) -> dict[str, str]:
    """A directory of `.graphql` files; or a JSON file, of hashes with their documents or of Apollo's making."""
    try:
        if path.is_dir():
            return {
                # As bytes: reading text would change the ends of lines, and with them the hash.
                hash_of(text): text
                for text in (file.read_bytes().decode() for file in sorted(path.rglob("*.graphql")))
            }
        manifest = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"STAGEPATH_TRUSTED_DOCUMENTS: {path} can't be read: {error}") from error
    listed = manifest.get("operations") if isinstance(manifest, dict) else None
    pairs = {one.get("id"): one.get("body") for one in listed} if isinstance(listed, list) else manifest
    if not isinstance(pairs, dict) or not all(isinstance(text, str) for text in pairs.values()):
        raise SettingsError(f"STAGEPATH_TRUSTED_DOCUMENTS: {path} is no manifest of persisted queries")
    for digest, text in pairs.items():
        if digest != hash_of(text):
            raise SettingsError(f"STAGEPATH_TRUSTED_DOCUMENTS: {str(digest)[:80]} is not the SHA-256 of its document")
    return pairs
