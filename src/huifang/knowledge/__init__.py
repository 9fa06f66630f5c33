"""知识库: what staff and robot answer customers' questions from, with its sources and versions."""
