"""Subtrees as ranges of text, and boxes of two of them.

A tree's node has a path such as ``'1/5/12/'`` (Odoo's ``parent_path``). Compared byte by byte, the
paths of a subtree are exactly those from the node's own path up to, and without, the same path with
its last ``/`` replaced by the character that follows it. So a subtree is one range, two subtrees
are nested or apart, and "is one of two nodes the other's ancestor?" is "do two ranges overlap?":
a question that the database answers by an index, and forbids by a constraint.

Products continue the path of their category: ``'3/8/t41/'``.
"""

from typing import NamedTuple


class Span(NamedTuple):
    """The paths ``p`` with ``low <= p < high``, compared by code point (PostgreSQL: ``COLLATE "C"``)."""

    low: str
    high: str

    def __contains__(self, path):
        return self.low <= path < self.high

    def overlaps(self, other):
        return self.low < other.high and other.low < self.high


# '/' comes before, '~' after every character that a path may begin with.
EVERYTHING = Span('/', '~')


class Box(NamedTuple):
    """Places × products: each pair of a path in ``places`` and a path in ``products``."""

    places: Span
    products: Span

    def overlaps(self, other):
        return self.places.overlaps(other.places) and self.products.overlaps(other.products)


def subtree(path):
    """The span of the node with this ``path`` (it ends with ``/``) and of all below it."""
    if not path.endswith('/') or len(path) < 2:
        raise ValueError(f'not the path of a node: {path!r}')
    return Span(path, path[:-1] + chr(ord('/') + 1))


def product_path(category_path, template_id):
    """The path of a product template below its category's; ``category_path`` may be empty."""
    return f'{category_path or ""}t{template_id}/'


def outermost(paths):
    """``paths`` without those that lie below another of them, sorted, each once."""
    kept = []
    for path in sorted(set(paths)):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return kept


def subtract(boxes, cuts):
    """What is left of ``boxes`` without ``cuts``, as boxes that do not overlap if ``boxes`` do not."""
    for cut in cuts:
        boxes = [piece for box in boxes for piece in _subtract_one(box, cut)]
    return boxes


def _subtract_one(box, cut):
    if not box.overlaps(cut):
        return [box]
    before, shared, after = _split(box.places, cut.places)
    pieces = [Box(places, box.products) for places in (before, after) if places]
    products_before, _shared, products_after = _split(box.products, cut.products)
    pieces += [Box(shared, products) for products in (products_before, products_after) if products]
    return pieces


def _split(span, cut):
    """``span`` in three: what comes before ``cut``, what both share, what comes after; None if empty."""
    low, high = max(span.low, cut.low), min(span.high, cut.high)
    return (
        Span(span.low, low) if span.low < low else None,
        Span(low, high),
        Span(high, span.high) if high < span.high else None,
    )
