import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;

/**
 * A span of days as a bar along a time line of three years, the present one in the middle: so that
 * the lines of a list can be compared at a glance. Begins with the field's own day and ends with
 * that of `end_field`, both inclusive.
 */
export class DateSpanField extends Component {
    static template = "dealer_management.DateSpanField";
    static props = { ...standardFieldProps, endField: { type: String } };

    get window() {
        const start = DateTime.local().startOf("year").minus({ years: 1 });
        return { start, end: start.plus({ years: 3 }) };
    }

    /** Where a day lies in the window, in percent, held inside of it. */
    position(day) {
        const { start, end } = this.window;
        return Math.min(100, Math.max(0, ((day - start) / (end - start)) * 100));
    }

    get years() {
        const { start } = this.window;
        return [0, 1, 2].map((number) => {
            const year = start.plus({ years: number });
            return { label: year.toFormat("yyyy"), left: this.position(year) };
        });
    }

    get today() {
        return this.position(DateTime.local());
    }

    get bar() {
        const first = this.props.record.data[this.props.name];
        const last = this.props.record.data[this.props.endField];
        if (!first || !last || last < first) {
            return null;
        }
        const left = this.position(first);
        const now = DateTime.local().startOf("day");
        return {
            left,
            width: Math.max(0.5, this.position(last.plus({ days: 1 })) - left),
            label: _t("%(first)s to %(last)s", {
                first: first.toLocaleString(DateTime.DATE_MED),
                last: last.toLocaleString(DateTime.DATE_MED),
            }),
            color: last < now ? "secondary" : last < now.plus({ days: 60 }) ? "warning" : "success",
        };
    }
}

export const dateSpanField = {
    component: DateSpanField,
    displayName: _t("Span of Days"),
    supportedTypes: ["date", "datetime"],
    supportedOptions: [{ label: _t("End"), name: "end_field", type: "field" }],
    fieldDependencies: ({ options }) => [{ name: options.end_field, type: "date" }],
    extractProps: ({ options }) => ({ endField: options.end_field }),
};

registry.category("fields").add("date_span", dateSpanField);
