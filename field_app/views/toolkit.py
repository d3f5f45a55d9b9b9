"""The toolkit's controls, imported before they are needed.

Flet imports a control when it is first used, which takes some 4 ms each in the middle of drawing.
"""

import flet as ft


def import_controls() -> tuple[type[ft.BaseControl], ...]:
    """Every control that a screen may have."""
    return (
        ft.AlertDialog,
        ft.AppBar,
        ft.AutofillGroup,
        ft.Badge,
        ft.BaseControl,
        ft.BottomSheet,
        ft.Chip,
        ft.Column,
        ft.Container,
        ft.Control,
        ft.Divider,
        ft.FilledButton,
        ft.Icon,
        ft.IconButton,
        ft.Image,
        ft.InteractiveViewer,
        ft.KeyboardListener,
        ft.ListView,
        ft.MergeSemantics,
        ft.NavigationBar,
        ft.NavigationBarDestination,
        ft.NavigationRail,
        ft.NavigationRailDestination,
        ft.OutlinedButton,
        ft.Page,
        ft.ProgressBar,
        ft.ProgressRing,
        ft.Row,
        ft.SafeArea,
        ft.Semantics,
        ft.SnackBar,
        ft.Stack,
        ft.Switch,
        ft.Text,
        ft.TextButton,
        ft.TextField,
        ft.VerticalDivider,
        ft.View,
    )
