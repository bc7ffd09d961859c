"""The window itself: where the rooms are placed, its menus, and its manners on the desktop."""
