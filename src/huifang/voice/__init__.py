"""The voice node: a process that never imports Django, pulls call orders and posts events back."""
