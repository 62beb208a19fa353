"""Notices: documents that a case hands to its applicant, from templates that designers write as plain text.

A template says what stands in a notice (`template`); a case fills its places (`filling`); what is then to be read
(`document`) is set by layouts of our own, as a page (`html`) or for paper (`pdf`). Nothing that a designer or an
applicant writes is ever markup: it reaches both layouts as text.
"""

from engine.notices.document import Document, document
from engine.notices.filling import fill
from engine.notices.template import Fault, Place, Template, TemplateError, parse

__all__ = [
    "Document",
    "Fault",
    "Place",
    "Template",
    "TemplateError",
    "document",
    "fill",
    "parse",
]
