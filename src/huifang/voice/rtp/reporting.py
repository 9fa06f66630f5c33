"""What the two ends tell each other about how well they hear (RTCP)."""

from __future__ import annotations

from huifang.voice.rtp.arrivals import Arrivals
from huifang.voice.rtp.port import Quality
from huifang.voice.rtp.rtcp import ReportBlock, middle_of_ntp, parse_reports, write_bye, write_report

_NAME = "huifang"
_LONGEST_TRIP = 10 * 65536  # a longer one is a lie or a clock that was set


class Reporting:
    """One session: counts what arrives, writes our reports and reads the far end's.  Times are seconds
    since 1970.

    :param ssrc: of what we send
    """

    def __init__(self, ssrc: int) -> None:
        self.arrivals = Arrivals()
        self._ssrc = ssrc
        self._round_trip_ms: float | None = None
        self._far_lost = 0
        self._last_report, self._last_report_at = 0, 0.0

    def take(self, datagram: bytes, now: float) -> None:
        """Read what the far end says.  ``ReportMalformed``."""
        for report in parse_reports(datagram):
            if report.sent_at is not None:
                self._last_report, self._last_report_at = report.sent_at, now
            for block in report.blocks:
                if block.source == self._ssrc:
                    self._take_block(block, now)

    def _take_block(self, block: ReportBlock, now: float) -> None:
        self._far_lost = max(block.lost, 0)
        if block.last_report:
            trip = (middle_of_ntp(now) - block.last_report - block.delay) & 0xFFFFFFFF
            if trip < _LONGEST_TRIP:
                self._round_trip_ms = trip / 65.536

    def write(
        self, now: float, timestamp: int, packets: int, sent_bytes: int, *, last: bool = False
    ) -> bytes:
        """Our report; the ``last`` one says goodbye."""
        arrivals = self.arrivals
        block = None
        if arrivals.ssrc is not None:
            since = int((now - self._last_report_at) * 65536) if self._last_report else 0
            block = ReportBlock(
                arrivals.ssrc,
                arrivals.lost_share_since_told(),
                arrivals.lost,
                arrivals.highest & 0xFFFFFFFF,
                int(arrivals.jitter),
                self._last_report,
                max(since, 0) & 0xFFFFFFFF,
            )
        report = write_report(self._ssrc, now, timestamp, packets, sent_bytes, block, _NAME)
        return report + write_bye(self._ssrc) if last else report

    def quality(self, packets: int) -> Quality:
        """How it has been, ``packets`` of ours having been sent."""
        arrivals = self.arrivals
        return Quality(
            loss_percent=round(100 * max(arrivals.lost, 0) / max(arrivals.expected, 1), 2),
            jitter_ms=round(arrivals.jitter / 8, 1),
            far_loss_percent=round(100 * min(self._far_lost, packets) / max(packets, 1), 2),
            round_trip_ms=None if self._round_trip_ms is None else round(self._round_trip_ms, 1),
        )
