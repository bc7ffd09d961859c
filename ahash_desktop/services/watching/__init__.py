"""Follows the library's folders and says when which of them is to be looked through."""
