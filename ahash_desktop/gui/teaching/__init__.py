"""Lessons: photos are chosen and checked, a model is taught, judged and adopted."""
