"""The rule of automatic advance: which stage a deal enters by itself because of a change.

Something *keeps* a deal in a stage that is flagged for automatic advance as long as one of these is open: a required
exit criterion of the stage, a required activity of it, a required entry criterion of the next open stage. A stage
without a required exit criterion keeps every deal, and so does the last open one.

| before the change                          | after it                | the deal                             |
|--------------------------------------------|-------------------------|--------------------------------------|
| something kept it in its stage             | nothing keeps it there  | advances                             |
| it did not exist: it is created, imported  | nothing keeps it there  | advances                             |
| something kept it in its stage             | something does          | stays                                |
| nothing kept it there: it was sent back,   | nothing keeps it there  | stays, until somebody moves it or a  |
| moved or reopened by hand, or time went by |                         | criterion that was lost is met again |
| it was in another stage: this is a move    | either                  | stays where it was moved to          |
| it was another partner's: it is handed     | nothing keeps it there, | stays, until somebody moves it or a  |
| over                                       | because it was          | criterion that was lost is met again |

A handover never advances a deal: if nothing keeps it in its stage because it is another partner's now, or with another
customer record of that partner's, it stays. What else is changed with it is judged as of the deal that was handed over.

A deal that advances goes on through every next stage that doesn't keep it: what it enters by the same change, it has
not been in before. It never closes by itself.
"""

from collections.abc import Sequence

from app.deals.rules import Deal, Stage, auto_advance


def advances(before: Deal | None, after: Deal, stages: Sequence[Stage]) -> Stage | None:
    """The next stage, if the change from `before` to `after` moves the deal there. Both at the same instant, so that
    what only time has met moves nothing; `before` is None for a deal that has just come into being or into its stage by
    the same change."""
    target = auto_advance(after, stages)
    if target is None or before is None:
        return target
    was_kept = before.stage_id == after.stage_id and auto_advance(before, stages) is None
    return target if was_kept else None
