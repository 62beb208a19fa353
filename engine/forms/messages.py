"""What a person is told about a field, in Chinese and English together: both kinds of reader see one page."""

from __future__ import annotations


def both(chinese: str, english: str) -> str:
    """One message for readers of either language."""
    return f"{chinese} / {english}"


REQUIRED = both("此项必填", "this field is required")
UNKNOWN = both("表单中没有此项", "not a field of this form")
CONTROL = both("含有不可见的控制字符", "contains control characters")
EXACT_NUMBER = both("不能以 decimal: 加数字的形式填写", "cannot be written as decimal: with digits")
NOT_TEXT = both("应为文字", "must be text")
NOT_NUMBER = both("应为数字", "must be a number")
NOT_INTEGER = both("应为整数", "must be a whole number")
NOT_BOOLEAN = both("应为是或否 (true/false)", "must be true or false")
NOT_LIST = both("应为列表", "must be a list")
NOT_OBJECT = both("应为对象", "must be an object")
NOT_DATE = both("应为日期，如 2026-11-24", "must be a date such as 2026-11-24")
NOT_EMAIL = both("应为电子邮箱地址", "must be an e-mail address")
NOT_PHONE = both("应为电话号码，如 +8613800000000", "must be a telephone number such as +8613800000000")
NOT_FILE = both("应为文件标识", "must be the name of an uploaded file")
NO_MATERIAL = both(
    "本案没有这份在用的材料，请先将文件作为材料交入本案",
    "this case has no material in force of this id: hand the file in for the case first, and answer with its id",
)
NO_CASE_YET = both(
    "受理前还没有案件，不能附文件，请留空；受理后将文件作为材料交入",
    "there is no case yet to hand a file in for: leave this empty, and hand the file in once the case is accepted",
)
IN_THE_PAST = both("不能早于今天", "must not be before today")
NO_OPTION = both("不在可选范围内", "is not one of the options")
REPEATED = both("重复选择", "is chosen twice")
PRECISION = both(
    "数字过大或小数位过多，无法精确保存，请改为文字",
    "is too large or too precise to be kept exactly as a number (IEEE double): send it as text",
)
NOT_FINITE = both("不是有限的数", "is not a finite number")
EXPRESSION = both("表单中的公式无法计算", "an expression of the form cannot be evaluated")
