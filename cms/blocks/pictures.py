"""A picture with the words that stand for it, as part of a block. Drafts are saved before it is chosen."""

from typing import Any

from wagtail.images.blocks import ImageBlock, ImageBlockComparison

NO_PICTURE = {"image": None, "decorative": False, "alt_text": ""}


class PictureComparison(ImageBlockComparison):
    """Two versions beside each other, of which one or both have no picture yet: Wagtail 8.0.1 fails there."""

    def __init__(self, block: Any, exists_a: bool, exists_b: bool, val_a: Any, val_b: Any) -> None:
        super().__init__(block, exists_a, exists_b, val_a, val_b)
        parts_of = block._image_to_struct_value
        self.val_a, self.val_b = _filled(parts_of(val_a)), _filled(parts_of(val_b))

    def htmlvalue(self, val: Any) -> str:
        return str(super().htmlvalue(_filled(val)))


def _filled(value: Any) -> Any:
    """Parts of a picture, or the picture itself; what is missing has its empty value."""
    if value is None:
        return dict(NO_PICTURE)
    if isinstance(value, dict):
        return NO_PICTURE | {name: part for name, part in value.items() if part is not None}
    return value


class PictureBlock(ImageBlock):
    def get_comparison_class(self) -> type[PictureComparison]:
        return PictureComparison
