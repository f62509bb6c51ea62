"""Addresses and areas: what a city and a postal code are compared by, and which area contains which."""

import re
import unicodedata
from typing import NamedTuple

# Sorts after every letter and digit: the postal codes that begin with '51' end with '51~'.
AFTER_ALL = '~'


def city_key(city):
    """What a city's name is compared by: without case, spaces, punctuation and the suffix 市.

    "广州市" and "广州" are one city, as are "St. Gallen" and "st gallen". Where province or district were
    typed along, "广东省广州市天河区" is "广州" too; "沙市" keeps its second character, for the name would
    not be one without it.
    """
    text = unicodedata.normalize('NFKC', city or '').casefold()
    text = ''.join(character for character in text if character.isalnum() or unicodedata.combining(character))
    text = re.sub(r'^.{2,8}?(省|自治区)(?=.)', '', text)
    return re.sub(r'^(.{2,}?)市.*$', r'\1', text)


def postal_key(code):
    """What a postal code is compared by: its letters and digits in capitals, as in ``'SW1A1AA'``."""
    return re.sub(r'[^0-9A-Z]', '', unicodedata.normalize('NFKC', code or '').upper())


class Area(NamedTuple):
    """A claim on the map: a country, narrowed by state, city and postal codes where they are given.

    ``zip_low`` and ``zip_high`` are inclusive bounds of ``postal_key``; ``zip_high`` ends with
    ``AFTER_ALL``, so that a prefix stands for all codes that begin with it.
    """

    country: int
    state: int | None = None
    city: str | None = None
    zip_low: str | None = None
    zip_high: str | None = None

    def contains_address(self, country, state, city, code):
        """Whether the address with these keys lies in the area."""
        return (
            self.country == country
            and self.state in (None, state)
            and self.city in (None, city)
            and (self.zip_low is None or self.zip_low <= code <= self.zip_high)
        )

    def contains(self, other):
        """Whether every address of ``other`` lies in this area."""
        return (
            self.country == other.country
            and self.state in (None, other.state)
            and self.city in (None, other.city)
            and (
                self.zip_low is None
                or (other.zip_low is not None and self.zip_low <= other.zip_low and other.zip_high <= self.zip_high)
            )
        )

    def overlaps(self, other):
        """Whether an address can lie in both."""
        return (
            self.country == other.country
            and (None in (self.state, other.state) or self.state == other.state)
            and (None in (self.city, other.city) or self.city == other.city)
            and (
                None in (self.zip_low, other.zip_low)
                or (self.zip_low <= other.zip_high and other.zip_low <= self.zip_high)
            )
        )
