"""A notice as a page of its own: one file, which loads nothing."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from engine.notices.document import Block, Document
from engine.notices.tracking import Foot, Tracking, qr

_STYLE = """
body{margin:0;background:#f3f4f6;color:#111;font:16px/1.9 "Noto Sans SC","Source Han Sans SC","PingFang SC",
"Microsoft YaHei",sans-serif}
main{box-sizing:border-box;max-width:210mm;margin:0 auto;padding:16mm 8vw;background:#fff;overflow-wrap:anywhere}
h1{margin:0 0 1.2em;font-size:1.6rem;text-align:center}
h2{margin:1.2em 0 .4em;font-size:1.1rem}
p{margin:.6em 0;text-indent:2em}
p,li,th,td{white-space:pre-line}
p.signature{text-indent:0;text-align:right}
table{width:100%;margin:.8em 0;border-collapse:collapse}
td,th{padding:.3em .6em;border:1px solid #666;text-align:left;vertical-align:top;font-weight:inherit}
th{background:#f3f4f6}
.headed :is(td,th):not(:first-child){text-align:right;white-space:pre}
.headed thead th{font-weight:bold}
@media screen and (max-width:40rem){.headed{display:block;overflow-x:auto}.headed :first-child{min-width:6em}}
figure{display:flex;gap:1em;align-items:center;margin:1em 0}
figure svg{flex:none;width:28mm;height:28mm}
footer{margin-top:2.4em;padding-top:.6em;border-top:1px solid #999;color:#444;font-size:.8rem}
@page{size:A4;margin:30mm 28mm}
@media print{body{background:#fff}main{max-width:none;padding:0}h2{break-after:avoid}
tr,li,figure,.signature{break-inside:avoid}}
"""

#: What the page may do, as its Content-Security-Policy: show itself, with the one style that it has.
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)


def to_html(document: Document, tracking: Tracking | None, foot: Foot) -> str:
    """A document as an HTML page.

    :param tracking: the way to the case, where the document is about one.
    """
    title = escape(document.title)
    parts = [_block(block, tracking) for block in document.blocks]
    return (
        '<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title} {escape(foot.subject)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{title}</h1>\n"
        + "\n".join(parts)
        + f"\n<footer>{escape(foot.text)}</footer>\n</main>\n</body>\n</html>\n"
    )


def _block(block: Block, tracking: Tracking | None) -> str:
    match block.kind:
        case "heading":
            return f"<h2>{_lines(block)}</h2>"
        case "paragraph":
            return f"<p>{_lines(block)}</p>"
        case "signature":
            return f'<p class="signature">{_lines(block)}</p>'
        case "list" | "numbered":
            tag = "ul" if block.kind == "list" else "ol"
            return f"<{tag}>{''.join(f'<li>{escape(cell)}</li>' for (cell,) in block.rows)}</{tag}>"
        case "table":
            return f"<table>{''.join(_row(row) for row in block.rows)}</table>"
        case "headed":
            heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in block.rows[0])
            body = "".join(_row(row) for row in block.rows[1:])
            return f'<table class="headed"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'
        case "qr":
            return _tracking(tracking) if tracking else ""


def _lines(block: Block) -> str:
    return "<br>".join(escape(cell) for (cell,) in block.rows)


def _row(row: tuple[str, ...]) -> str:
    """A row: what stands first says what the others are."""
    first, *others = (escape(cell) for cell in row)
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}</tr>'


def _tracking(tracking: Tracking) -> str:
    drawn = qr(tracking)
    code = f'<div role="img" aria-label="进度查询二维码">{drawn}</div>' if drawn else ""
    return f"<figure>{code}<figcaption>{'<br>'.join(map(escape, tracking.lines))}</figcaption></figure>"
