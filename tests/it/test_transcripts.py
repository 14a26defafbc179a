"""The sockets of the documents whose clients are served: what goes in and what comes out, in transcripts/.

Each file is one flow of one document, through the web server; its first line says which (transcript.py).
"""

from pathlib import Path

import pytest
from transcript import play

FILES = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_transcript(system, someone, path):
    play(system, someone, path)
