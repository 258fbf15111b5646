"""Fields whose text is the programme's own, written by the vendor or made by this server. Every other text is people's.

By type; whatever isn't listed is fenced, so that a new field is until somebody says otherwise.
"""

from collections.abc import Mapping

OWN_TEXT: Mapping[str, frozenset[str]] = {
    "Activity": frozenset({"key", "name", "description"}),
    "ChangeRequest": frozenset({"field"}),
    "CloseReason": frozenset({"key", "label"}),
    "Content": frozenset({"key", "title", "summary", "body", "url", "language"}),
    "Criterion": frozenset({"key", "description"}),
    "DealRegistration": frozenset({"number", "requiredFields"}),
    "Evidence": frozenset({"source"}),
    "FormQuestion": frozenset({"key", "label", "prompt"}),
    "Playbook": frozenset({"key", "name", "description", "industry", "qualificationFramework"}),
    "QualificationQuestion": frozenset({"key", "label", "prompt"}),
    "Remedy": frozenset({"mutation", "fields"}),
    "Stage": frozenset({"key", "name", "definition"}),
    "UserError": frozenset({"path"}),
}

PLAIN_SCALARS = frozenset(
    {"Boolean", "CurrencyCode", "Cursor", "Date", "DateTime", "Decimal", "Float", "ForecastPeriod", "ID", "Int"}
)
"""Scalars that hold no words. Texts of any other are people's, unless their field is listed."""
