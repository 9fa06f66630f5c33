"""What a company knows: articles; ``search`` finds the one that answers a question.

The search is not imported here: its words and sounds take a second to read, and most processes only keep articles.
"""

from huifang.logic.knowledge.article import MOST_SPOKEN, Article, edition_of, from_json, to_json

__all__ = ["MOST_SPOKEN", "Article", "edition_of", "from_json", "to_json"]
