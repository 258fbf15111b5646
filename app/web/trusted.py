"""Documents by id, so that clients need not send them; and, if so chosen, the only ones that are answered.

A request names one by `documentId`, as the appendix on persisted documents of the GraphQL-over-HTTP specification has
it, or in `extensions.persistedQuery: {version: 1, sha256Hash: "…"}`, as Apollo's and urql's clients do. An id is a
digest of the document: its SHA-256, with or without `sha256:` before it, or the SHA-1 or MD5 by which a manifest names
it. The documents are those that were there when the server started: nothing that clients send is added to them, and no
id is worth more than the manifest that has it.
"""

import json
from collections.abc import Mapping
from hashlib import md5, sha1, sha256
from pathlib import Path
from typing import Any

from app.settings import Settings, SettingsError

PORTAL = Path(__file__).parents[2] / "schema" / "operations"
"""What the pages for browsers ask and say."""


class NotTrusted(Exception):
    """The document can't be had, or isn't answered here. `code` is for programs, Apollo's where it has one."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class TrustedDocuments:
    """Raises `SettingsError` for a manifest that can't be read or contradicts itself."""

    def __init__(self, settings: Settings) -> None:
        self._known = _read(settings.trusted_documents) if settings.trusted_documents else {}
        self._portal = _read(PORTAL) if settings.portal else {}
        self._only = settings.trusted_documents_only
        if self._only and not self._known:
            raise SettingsError("STAGEPATH_TRUSTED_DOCUMENTS_ONLY needs documents in STAGEPATH_TRUSTED_DOCUMENTS")

    def text(self, query: str | None, extensions: Mapping[str, Any] | None, document_id: str | None = None) -> str:
        """The document of a request. Raises `NotTrusted`."""
        named = document_id if extensions is None else _named(extensions, document_id)
        if named is None:
            if query is None:
                raise NotTrusted("BAD_REQUEST", "`query` is missing: send the document as text.")
            return self._allowed(query)
        id = _plain(named)
        if not query:  # empty, where the client's protocol asks for a text
            return self._found(id)
        if id != hash_of(query) and self._known.get(id) != query:
            raise NotTrusted("PERSISTED_QUERY_HASH_MISMATCH", "The id is that of another document than `query`.")
        return self._allowed(query)

    def _found(self, digest: str) -> str:
        text = self._known.get(digest) or self._portal.get(digest)
        if text is not None:
            return text
        if not self._known:
            raise NotTrusted("PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
        raise NotTrusted("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")

    def _allowed(self, query: str) -> str:
        if self._only and (digest := hash_of(query)) not in self._known and digest not in self._portal:
            message = "This server answers documents that it was given at its start, and this is none of them."
            raise NotTrusted("DOCUMENT_NOT_TRUSTED", message)
        return query


def hash_of(document: str) -> str:
    return sha256(document.encode("utf-8", "surrogatepass")).hexdigest()


def names_document(body: Mapping[str, Any]) -> bool:
    """Whether a request's body, or a message's payload, names a document instead of having it."""
    return bool(body.get("documentId") or (body.get("extensions") or {}).get("persistedQuery"))


def _named(extensions: Mapping[str, Any], document_id: str | None) -> str | None:
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return document_id
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(digest, str) or persisted.get("version") != 1:
        raise NotTrusted(
            "BAD_REQUEST", 'A document is named by `{"persistedQuery": {"version": 1, "sha256Hash": "…"}}`.'
        )
    if document_id and _plain(document_id) != _plain(digest):
        raise NotTrusted("BAD_REQUEST", "`documentId` and `sha256Hash` name two documents.")
    return digest


def _plain(id: str) -> str:
    return id.lower().removeprefix("sha256:")


_DIGESTS = {32: md5, 40: sha1, 64: sha256}
"""By the number of their hexadecimal digits. Client tools choose them; here they are names and nothing else."""


def _is_digest(id: str, document: str) -> bool:
    digest = _DIGESTS.get(len(id))
    if digest is None:
        return False
    return digest(document.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest() == id


def _read(path: Path) -> dict[str, str]:
    """By digest: of a directory of `.graphql` files; or of a JSON file, of digests with their documents or of Apollo's
    making."""
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
    found: dict[str, str] = {}
    for id, text in pairs.items():
        if not isinstance(id, str) or not _is_digest(_plain(id), text):
            raise SettingsError(
                f"STAGEPATH_TRUSTED_DOCUMENTS: {str(id)[:80]} is neither SHA-256 nor SHA-1 nor MD5 of its document; "
                "client tools choose by `persistedDocuments.hashAlgorithm` (GraphQL Code Generator) and "
                "`persistConfig.algorithm` (Relay)"
            )
        found[_plain(id)] = found[hash_of(text)] = text
    return found
