"""Annotate: the next image of the project, four clicks an object."""

from maa.ui.annotate import page

page.show()
