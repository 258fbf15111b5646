"""Records of what an identity provider says of users and groups: nobody reads it through the API."""

from app import models
from app.nouns.noun import Noun

PROVISIONED_USER = Noun(model=models.ProvisionedUser, seen_by=None, row_security=None)
PROVISIONED_GROUP = Noun(model=models.ProvisionedGroup, seen_by=None, row_security=None)
PROVISIONED_MEMBER = Noun(model=models.ProvisionedMember, seen_by=None, row_security=None)

NOUNS = (PROVISIONED_USER, PROVISIONED_GROUP, PROVISIONED_MEMBER)
"""In the audit log, a user is `usr_…` as ever, a group `grp_…`."""
