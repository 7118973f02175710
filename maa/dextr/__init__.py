"""Prompt to crop and prompt maps, to network, to prediction; the library of models. No screen, no store."""

import os

# torch's threads wait for each other in a busy loop by default. On a machine whose few cores also run a
# browser, a training or other people's answers that loop takes the time the slower thread needs: an answer of
# 36 ms on two idle cores took 390 ms beside one busy process, and 63 ms with this. But to fall asleep at once
# costs as much as a second core gives: they wait awake for some 0.1 ms, longer than one computes at a step of
# the network's. Read once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "20000")
