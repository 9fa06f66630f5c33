"""What a company knows: articles, and finding the one that answers a question."""

from huifang.logic.knowledge.article import MOST_SPOKEN, Article, edition_of, from_json, to_json
from huifang.logic.knowledge.search import CERTAIN_ENOUGH, Index, Match

__all__ = ["CERTAIN_ENOUGH", "MOST_SPOKEN", "Article", "Index", "Match", "edition_of", "from_json", "to_json"]
