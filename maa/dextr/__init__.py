"""Prompt to crop and prompt maps, to network, to prediction; the library of models. No screen, no store."""

import os

# torch's threads wait for each other in a busy loop by default. On a machine whose few cores also run a
# browser, a training or other people's answers that loop takes the time the slower thread needs: an answer of
# 36 ms on two idle cores took 390 ms beside one busy process, and 63 ms with this. Read once, when torch is
# first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
