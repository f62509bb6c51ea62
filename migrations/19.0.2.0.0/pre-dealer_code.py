"""Dealer codes, and how dealers are found by type, as the first version kept them."""


def migrate(cr, version):
    # Made by the installation; a database that is older than that has it not.
    cr.execute('CREATE EXTENSION IF NOT EXISTS btree_gist')
    # A unique index of the constraint's name is in the way of the constraint.
    cr.execute(
        """DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'res_partner_dealer_code_unique') THEN
                DROP INDEX IF EXISTS res_partner_dealer_code_unique;
            END IF;
        END $$"""
    )
    # It held every contact; made anew, it holds the dealers only.
    cr.execute('DROP INDEX IF EXISTS res_partner__dealer_type_id_index')
