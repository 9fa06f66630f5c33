"""What the customer meant: words in, a closed meaning with confidence and evidence out.  Pure."""

from huifang.logic.understanding.back_channel import is_back_channel
from huifang.logic.understanding.reading import Asked, Intent, Option, Reading
from huifang.logic.understanding.whole import understand

__all__ = ["Asked", "Intent", "Option", "Reading", "is_back_channel", "understand"]
