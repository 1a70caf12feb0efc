"""The vector files of gensim-data: written by ``scripts/gensim_data_table.py``, not by hand.

One row a file: name, bytes, MD5, words, dimension, licence.
"""

from __future__ import annotations

MODELS: tuple[tuple[str, int, str, int, int, str], ...] = (
    ("conceptnet-numberbatch-17-06-300", 1225497562, "fd642d457adcd0ea94da0cd21b150847", 1917247, 300, "CC BY-SA 4.0"),
    ("fasttext-wiki-news-subwords-300", 1005007116, "de2bb3a20c46ce65c9c131e1ad9a77af", 999999, 300, "CC BY-SA 3.0"),
    ("glove-twitter-100", 405932991, "b04f7bed38756d64cf55b58ce7e97b15", 1193514, 100, "PDDL 1.0"),
    ("glove-twitter-200", 795373100, "e52e8392d1860b95d5308a525817d8f9", 1193514, 200, "PDDL 1.0"),
    ("glove-twitter-25", 109885004, "50db0211d7e7a2dcd362c6b774762793", 1193514, 25, "PDDL 1.0"),
    ("glove-twitter-50", 209216938, "c168f18641f8c8a00fe30984c4799b2b", 1193514, 50, "PDDL 1.0"),
    ("glove-wiki-gigaword-100", 134300434, "40ec481866001177b8cd4cb0df92924f", 400000, 100, "PDDL 1.0"),
    ("glove-wiki-gigaword-200", 264336934, "59652db361b7a87ee73834a6c391dfc1", 400000, 200, "PDDL 1.0"),
    ("glove-wiki-gigaword-300", 394362229, "29e9329ac2241937d55b852e8284e89b", 400000, 300, "PDDL 1.0"),
    ("glove-wiki-gigaword-50", 69182535, "c289bc5d7f2f02c6dc9f2f9b67641813", 400000, 50, "PDDL 1.0"),
    ("word2vec-google-news-300", 1743563840, "a5e5354d40acb95f9ec66d5977d140ef", 3000000, 300, "not stated"),
    ("word2vec-ruscorpora-300", 208427381, "9bdebdc8ae6d17d20839dd9b5af10bc4", 184973, 300, "CC BY 4.0"),
)
