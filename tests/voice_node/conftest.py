"""SIPp, kamailio and baresip for this folder's tests, as ``tests/voice_sip`` starts it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from servers.baresip import baresip  # noqa: F401
from servers.kamailio import kamailio  # noqa: F401
from servers.linphone import linphone  # noqa: F401
from voice_sip.sipp import sipp  # noqa: F401
