"""SQL by which policies read for whom a statement is, as `app.identity.rls_policies` has told PostgreSQL."""

from app.database.rls import SETTING
from app.identity.scopes import VisibilityScope
from app.identity.viewer import Viewer

# What `told` says, read back. Places and not names: it is read for every row, and JSON takes ten times as long.
_TOLD = f"current_setting('{SETTING}', true)"
ORGANIZATION = f"nullif(left({_TOLD}, 36), '')::uuid"
USER = f"nullif(substr({_TOLD}, 37, 36), '')::uuid"
WRITES = f"substr({_TOLD}, 73, 1) = 'W'"
SEES_ALL = f"substr({_TOLD}, 74) = '{VisibilityScope.ORGANIZATION}'"
"""Of the own organization's deals."""

OF_A_DEAL = "EXISTS (SELECT FROM opportunity vo WHERE vo.id = {table}.opportunity_id)"
"""Who sees that is the matter of the policy on deals."""


def told(viewer: Viewer, scope: VisibilityScope, *, writes: bool) -> str:
    return f"{viewer.organization_id}{viewer.user_id}{'W' if writes else 'R'}{scope.value}"
