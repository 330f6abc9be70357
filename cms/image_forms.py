"""What the CMS takes as a picture. Apart from `cms.forms`, which the models need before there are any."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, ImageSequence
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm


class WholeImageField(WagtailImageField):
    """Takes pictures that can be drawn to the last pixel. Wagtail reads the first bytes, and fails on what follows."""

    def to_python(self, data: Any) -> Any:
        try:
            file = super().to_python(data)
            if file is not None:
                _draw(file)
        except ValidationError:
            raise
        except Exception as error:  # what decoders raise on nonsense has no common type
            message = _("This picture is damaged or incomplete. Export it again, as JPEG or PNG, and upload the new file.")
            raise ValidationError(message, code="invalid_image") from error
        return file


def _draw(file: Any) -> None:
    with Image.open(file) as picture:
        for frame in ImageSequence.Iterator(picture):
            frame.load()
    file.seek(0)


class ImageForm(BaseImageForm):
    file = WholeImageField(label=gettext_lazy("File"), widget=BaseImageForm.Meta.widgets["file"])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alt_text = self.fields["alt_text"]
        # Called as in Wagtail's request for it, which stands above this form after an upload.
        alt_text.label = _("Image description (alternative text)")
        alt_text.help_text = _("What people who cannot see the picture are told instead. Empty for decoration.")
        # What was written while there were two fields is proposed, and kept when the form is saved.
        self.initial["alt_text"] = self.instance.alt_text or self.instance.description
