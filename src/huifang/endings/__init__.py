"""What the rating leads to at the end of a call: rules, tunes, and what came of them."""
