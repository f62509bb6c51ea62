"""Pure Python, without Odoo: what can be said and proved without a database."""
