"""The catalogue of fields that a condition may ask about, and its reading as SQL."""
