"""Notifications of people who move to another organisation. What is about a deal goes out of sight with it; what an
author wrote for them, and what is about nothing that could, is deleted."""

from uuid import UUID

from app.database import Transaction

# The inbox is held first, as by whoever tells its person something, and counted anew.
_HOLD = "UPDATE inbox SET standing = NULL WHERE user_id = $1"
_DELETE = """
DELETE FROM notification WHERE user_id = $1 AND (own_title IS NOT NULL OR own_body IS NOT NULL
  OR num_nonnulls(opportunity_id, registration_id, comment_id, invitation_id, task_id) = 0)
"""


async def forget_notices(tx: Transaction, person_id: UUID) -> None:
    for statement in (_HOLD, _DELETE):
        await tx.execute(statement, person_id)
