"""Next best actions: facts of a deal in, ranked actions out; a language model may then choose, order and word them.

It knows no table and no request; it imports nothing of the application.
"""

from guidance.recommend import Recommended, recommend
from guidance.sharpen import NotSharpened, Sharpened, sharpen

__all__ = ["NotSharpened", "Recommended", "Sharpened", "recommend", "sharpen"]
