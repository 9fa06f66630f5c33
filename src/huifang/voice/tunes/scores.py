"""The three piano pieces, written for Huifang.  ``-`` is a rest, ``+`` joins notes struck together."""

from __future__ import annotations

from dataclasses import dataclass

Line = tuple[tuple[str, float], ...]  # notes and their length in beats


@dataclass(frozen=True, slots=True)
class Hand:
    """One hand's line.  ``holds``: how long a note rings, as a multiple of its written length."""

    line: Line
    loudness: float
    holds: float


@dataclass(frozen=True, slots=True)
class Score:
    """A piece of twelve seconds.  ``chords`` are soft pads: notes, beat, beats."""

    seconds_per_beat: float
    hands: tuple[Hand, ...]
    brightness: float
    chords: tuple[tuple[str, float, float], ...] = ()
    pad_loudness: float = 0.0


def _even(notes: str, beats: float) -> Line:
    return tuple((note, beats) for note in notes.split())


# Six bars of 4/4 in C, 120 to the minute: skips upwards, answers downwards, ends at home.
BRIGHT = Score(
    seconds_per_beat=0.5,
    brightness=0.62,
    hands=(
        Hand(
            (
                *_even("E5 G5 C6 G5 E5 G5 A5 G5", 0.5),
                *_even("D5 G5 B5 G5 A5 B5", 0.5),
                ("D6", 1.0),
                *_even("C6 A5 E5 A5 C6 D6 E6 C6", 0.5),
                *_even("A5 C6 F5 A5 G5 F5", 0.5),
                ("A5", 1.0),
                *_even("G5 E5 G5 C6 E6 D6 B5 G5", 0.5),
                ("C6", 1.0),
                ("E6", 0.5),
                ("G5", 0.5),
                ("E5+C6", 2.0),
            ),
            loudness=0.9,
            holds=1.6,
        ),
        Hand(
            (
                *_even("C4+G4 E4+G4 C4+G4 E4+G4", 1.0),
                *_even("B3+G4 D4+G4 B3+G4 D4+G4", 1.0),
                *_even("A3+E4 C4+E4 A3+E4 C4+E4", 1.0),
                *_even("A3+F4 C4+F4 A3+F4 C4+F4", 1.0),
                *_even("C4+G4 E4+G4 B3+G4 D4+F4", 1.0),
                *_even("C4+E4 G4", 1.0),
                ("C4+E4+G4", 2.0),
            ),
            loudness=0.42,
            holds=0.9,
        ),
    ),
)

# Four bars of 4/4 in F, 80 to the minute: a song over broken chords.
WARM = Score(
    seconds_per_beat=0.75,
    brightness=0.5,
    hands=(
        Hand(
            (
                ("A4", 1.5),
                ("C5", 0.5),
                ("F5", 1.5),
                ("E5", 0.5),
                ("D5", 1.5),
                ("C5", 0.5),
                ("A4", 2.0),
                ("Bb4", 1.0),
                ("D5", 1.0),
                ("F5", 1.5),
                ("G5", 0.5),
                ("E5", 1.0),
                ("G5", 1.0),
                ("F5", 2.0),
            ),
            loudness=0.95,
            holds=1.25,
        ),
        Hand(
            (
                *_even("F4 C5 A4 C5 F4 C5 A4 C5", 0.5),
                *_even("D4 A4 F4 A4 D4 A4 F4 A4", 0.5),
                *_even("Bb3 F4 D4 F4 Bb3 F4 D4 F4", 0.5),
                *_even("C4 G4 E4 Bb4 F4 C5 A4 C5", 0.5),
            ),
            loudness=0.34,
            holds=2.2,
        ),
    ),
)

# Six bars of 3/4 in G, 90 to the minute: five tones, much air, neither glad nor sad.
GENTLE = Score(
    seconds_per_beat=2 / 3,
    brightness=0.34,
    hands=(
        Hand(
            (
                ("D5", 2.0),
                ("E5", 1.0),
                ("G5", 2.0),
                ("E5", 1.0),
                ("D5", 1.0),
                ("B4", 1.0),
                ("A4", 1.0),
                ("B4", 3.0),
                ("A4", 1.0),
                ("B4", 1.0),
                ("D5", 1.0),
                ("G4", 2.0),
                ("-", 1.0),
            ),
            loudness=0.9,
            holds=1.7,
        ),
    ),
    chords=(
        ("G4+B4+D5", 0, 3),
        ("E4+G4+B4", 3, 3),
        ("C4+E4+G4", 6, 3),
        ("G4+B4+D5", 9, 3),
        ("D4+F#4+A4", 12, 3),
        ("G4+B4+D5", 15, 3),
    ),
    pad_loudness=0.1,
)
