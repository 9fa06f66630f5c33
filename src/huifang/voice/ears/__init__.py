"""Recognisers: from 8 kHz audio to words and pinyin."""
