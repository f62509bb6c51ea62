import { Chatter } from "@mail/chatter/web_portal/chatter";
import { Composer } from "@mail/core/common/composer";
import { Message } from "@mail/core/common/message";

import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

/**
 * On a complaint, what the dealer reads and what it does not are told apart: in the buttons, in the box
 * that one writes in, and in what was said. Other records' chatters stay as they are.
 */
const MODEL = "dealer.complaint";

patch(Chatter.prototype, {
    get isComplaint() {
        return this.props.threadModel === MODEL;
    },
    get sendMessageLabel() {
        return this.isComplaint ? _t("Write to the Dealer") : _t("Send message");
    },
    get logNoteLabel() {
        return this.isComplaint ? _t("Internal Note") : _t("Log note");
    },
});

patch(Composer.prototype, {
    get isOfComplaint() {
        return this.thread?.model === MODEL && !this.props.composer.message;
    },
    get placeholder() {
        if (!this.isOfComplaint) {
            return super.placeholder;
        }
        return this.props.type === "note"
            ? _t("Internal note: the dealer does not see this…")
            : _t("The dealer reads this…");
    },
    get SEND_TEXT() {
        if (!this.isOfComplaint) {
            return super.SEND_TEXT;
        }
        return this.props.type === "note" ? _t("Note It") : _t("Send to the Dealer");
    },
});

patch(Message.prototype, {
    /** @returns {"note"|"ours"|"dealer"|undefined} who reads it, of what was said about a complaint */
    get complaintAudience() {
        if (this.message.thread?.model !== MODEL || this.message.message_type === "notification") {
            return undefined;
        }
        if (this.message.isNote) {
            return "note";
        }
        if (!this.message.isDiscussion) {
            return undefined;
        }
        return this.message.author_id?.main_user_id?.share === false ? "ours" : "dealer";
    },
    get complaintAudienceLabel() {
        return { note: _t("Internal"), ours: _t("To the dealer"), dealer: _t("From the dealer") }[
            this.complaintAudience
        ];
    },
    get attClass() {
        const audience = this.complaintAudience;
        return audience ? { ...super.attClass, [`o_complaint_${audience}`]: true } : super.attClass;
    },
});
