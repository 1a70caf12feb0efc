"""The contextual room: words in their sentences, by BERT-class models, and static tables out of them.

load.py            from a model's name to an Encoder: locate.py finds its folder, what is made once is cached
encoder.py         Encoder: texts in, usages out, streaming
words.py           which words are meant      pieces.py   texts cut into word pieces
alignment.py       which pieces make up which word, by characters
windows.py         long texts as overlapping windows     batches.py   windows of like length side by side
reading.py         from words to windows, and from hidden states to word vectors     layers.py   which layers
backend.py         what a back end is
                   numpy_backend.py, onnx_backend.py (onnx_graph.py), onnx_ready.py, torch_backend.py (torch_bert.py)
bert.py            the weights of BERT-class models
usages.py          Usages: words in their sentences      export.py   as files
senses.py          groups of usages                      picture.py  as a picture
distill.py         static tables out of a contextual model      contexts.py   means over a corpus
static_model.py    the same for Model2Vec and sentence-transformers
change.py          how far words changed between two corpora
judgements.py      WiC, SCWS, USim by layer      calibration.py   the probability of one sense
advise.py          which vectors do for labelled texts: labelled.py reads them, textmeans.py makes vectors of them,
                   probe.py tells the labels apart

The room is not called ``contextual``, because importing it would then hide the function ``firth.contextual``.
"""

from __future__ import annotations

from firth.context.encoder import Encoder
from firth.context.load import contextual
from firth.context.usage import Usage
from firth.context.usages import Usages

__all__ = ["Encoder", "Usage", "Usages", "contextual"]
