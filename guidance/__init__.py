"""Next best actions: facts of a deal in, ranked actions out.

It knows no table and no request; it imports nothing of the application.
"""

from guidance.recommend import Recommended, recommend

__all__ = ["Recommended", "recommend"]
