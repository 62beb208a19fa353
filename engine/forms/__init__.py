"""Forms: form-js schemas as the one source of what a task asks for, shows and takes.

Not for drawing them: that is the browser's, by form-js, or a page's.
"""

from engine.forms.checks import check_schema
from engine.forms.data import check_json
from engine.forms.fields import EACH, Field, fields
from engine.forms.options import Option
from engine.forms.ordinary import ordinary
from engine.forms.validation import defaults, validate

__all__ = ["EACH", "Field", "Option", "check_json", "check_schema", "defaults", "fields", "ordinary", "validate"]
