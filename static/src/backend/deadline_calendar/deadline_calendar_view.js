import { registry } from "@web/core/registry";
import { calendarView } from "@web/views/calendar/calendar_view";

/** A deadline is a moment: the hour that calendars give to what has no end must not reach into the next day. */
export class DeadlineCalendarModel extends calendarView.Model {
    normalizeRecord() {
        const record = super.normalizeRecord(...arguments);
        const midnight = record.start.endOf("day");
        if (record.end > midnight) {
            record.end = midnight;
            record.isTimeHidden = this.meta.isTimeHidden;
        }
        return record;
    }
}

registry.category("views").add("dealer_deadline_calendar", { ...calendarView, Model: DeadlineCalendarModel });
