import { Component, useExternalListener, useRef, useState } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { _t } from "@web/core/l10n/translation";
import { rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { redirect } from "@web/core/utils/urls";
import { useDebounced } from "@web/core/utils/timing";

const SAVE_DELAY = 600;
const FIND_DELAY = 250;

/** What a page is known by until it has a draft: a first save whose answer was lost makes no second one. */
function makeKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The page on which a dealer writes an order. The browser holds what was typed; the server keeps it
 * as a quotation and answers with its prices: nothing is worked out here.
 */
export class QuickOrder extends Component {
    static template = "dealer_management.QuickOrder";
    static props = {
        draft: { type: [Object, { value: null }], optional: true },
        addresses: Array,
        blocked: { type: [String, Boolean] },
        minimum: { type: [String, Boolean] },
    };

    setup() {
        const draft = this.props.draft;
        this.state = useState({
            orderId: draft ? draft.order_id : null,
            lines: draft ? draft.lines : [],
            totals: draft || {},
            addressId: draft ? draft.address_id : this.props.addresses[0]?.id,
            note: draft ? draft.note : "",
            reference: draft ? draft.reference : "",
            wallet: null, // What the rebate wallet is to pay, once that was chosen.
            query: "",
            found: null,
            pasting: false,
            pasted: "",
            problems: [],
            error: "",
            notice: "",
            saving: false,
            dirty: false,
            offline: false,
            placing: false,
        });
        this.saving = Promise.resolve();
        this.key = makeKey();
        this.searchRef = useRef("search");
        this.canScan = isBarcodeScannerSupported();
        this.saveSoon = useDebounced(() => this.save(), SAVE_DELAY, { execBeforeUnmount: true });
        this.findSoon = useDebounced(() => this.find(), FIND_DELAY);
        useExternalListener(window, "beforeunload", (ev) => this.state.dirty && ev.preventDefault());
        useExternalListener(window, "online", () => this.save());
        useExternalListener(window, "click", (ev) => {
            if (!ev.target.closest(".o_quick_search_box")) {
                this.state.found = null;
            }
        });
    }

    // ------------------------------------------------------------- Finding

    onQueryInput() {
        this.state.found = null;
        if (this.state.query.trim().length > 1) {
            this.findSoon();
        }
    }

    async find() {
        const query = this.state.query.trim();
        if (!query) {
            return [];
        }
        const found = await this.ask("/my/quick-order/find", { query });
        if (found && query === this.state.query.trim()) {
            this.state.found = found;
        }
        return found || [];
    }

    /** A scanner types a code and Enter: the product goes on the order at once. */
    async onQueryEnter() {
        const found = await this.find();
        if (found.length === 1) {
            this.add(found[0]);
        }
    }

    async scan() {
        try {
            this.state.query = await scanBarcode(this.env);
        } catch (error) {
            this.state.error = error.message;
            return;
        }
        await this.onQueryEnter();
    }

    add(product) {
        const line = this.state.lines.find((line) => line.id === product.id);
        const step = product.step || 1;
        if (line) {
            line.quantity += step;
        } else {
            const least = product.least || 1;
            this.state.lines.push({ ...product, quantity: product.quantity || Math.ceil(least / step) * step });
        }
        this.state.query = "";
        this.state.found = null;
        this.changed();
        this.searchRef.el?.focus();
    }

    // -------------------------------------------------------------- Pasting

    async paste() {
        const answer = await this.ask("/my/quick-order/paste", { text: this.state.pasted });
        if (!answer) {
            return; // What was pasted stays where it is.
        }
        for (const product of answer.lines) {
            const line = this.state.lines.find((line) => line.id === product.id);
            if (line) {
                line.quantity += product.quantity;
            } else {
                this.state.lines.push(product);
            }
        }
        // The lines that were not understood stay in the box, to be mended there.
        this.state.pasted = answer.problems.map((problem) => problem.text).join("\n");
        this.state.problems = answer.problems;
        this.state.pasting = Boolean(answer.problems.length);
        if (answer.lines.length) {
            this.changed();
        }
    }

    // -------------------------------------------------------------- Writing

    setQuantity(line, value) {
        const quantity = Number(value);
        line.quantity = Number.isFinite(quantity) ? quantity : 0;
        this.changed();
    }

    onSearchKey(ev) {
        if (ev.key === "Enter") {
            this.onQueryEnter();
        } else if (ev.key === "Escape") {
            this.state.found = null;
        }
    }

    step(line, direction) {
        const step = line.step || 1;
        this.setQuantity(line, Math.max(step, line.quantity + direction * step));
    }

    remove(line) {
        this.state.lines = this.state.lines.filter((other) => other !== line);
        this.changed();
    }

    changed() {
        this.state.dirty = true;
        this.state.notice = "";
        this.saveSoon();
    }

    /** How much of the order the rebate wallet is to pay; the server says how much it can. */
    useWallet(value) {
        const amount = Number(value);
        this.state.wallet = Number.isFinite(amount) ? Math.max(amount, 0) : 0;
        this.changed();
    }

    /** Lines whose quantity cannot be saved yet, such as one that is being typed. */
    get unfinished() {
        return this.state.lines.filter((line) => !(line.quantity > 0));
    }

    /** Save what is there now; one after the other, so that the last one wins. */
    save() {
        this.saving = this.saving.then(() => this.saveNow());
        return this.saving;
    }

    async saveNow() {
        if (!this.state.dirty || this.unfinished.length) {
            return;
        }
        this.state.saving = true;
        this.state.dirty = false;
        const draft = await this.ask("/my/quick-order/save", {
            order_id: this.state.orderId,
            lines: this.state.lines.map((line) => [line.id, line.quantity]),
            address_id: this.state.addressId,
            note: this.state.note,
            reference: this.state.reference,
            version: this.state.totals.version,
            wallet: this.state.wallet,
            key: this.key,
        });
        this.state.saving = false;
        if (draft) {
            this.receive(draft);
        } else {
            this.state.dirty = true;
        }
    }

    /** Take over what the server says of each line, but not over what was typed since. */
    receive(draft) {
        this.state.orderId = draft.order_id;
        this.state.totals = draft;
        if (!this.state.dirty) {
            this.state.wallet = null;
        }
        const rows = Object.fromEntries(draft.lines.map((row) => [row.id, row]));
        if (!this.state.dirty) {
            this.state.lines = this.state.lines.filter((line) => line.id in rows);
        }
        for (const line of this.state.lines) {
            const row = rows[line.id];
            if (row) {
                Object.assign(line, row, { quantity: this.state.dirty ? line.quantity : row.quantity });
            }
        }
        if (window.location.pathname === "/my/quick-order") {
            // A page that is loaded again finds the draft.
            window.history.replaceState(null, "", `/my/quick-order/${draft.order_id}`);
        }
    }

    async place() {
        if (this.state.placing) {
            return;
        }
        this.state.placing = true;
        const shown = this.state.totals.amount;
        await this.save();
        if (!this.state.dirty && this.state.orderId) {
            if (shown !== this.state.totals.amount) {
                this.say(_t("Please look at the total, then place the order."));
            } else {
                await this.placeNow(shown);
            }
        }
        this.state.placing = false;
    }

    async placeNow(amount) {
        const answer = await this.ask("/my/quick-order/place", { order_id: this.state.orderId, amount });
        if (answer?.url) {
            redirect(answer.url);
            // The page goes on being busy until the next one is there.
            await new Promise(() => {});
        }
        if (answer?.changed) {
            this.receive(answer);
            this.say(_t("Prices have changed since you began. Please look at the new total, then place the order."));
        }
    }

    say(notice) {
        this.state.notice = notice;
    }

    get canPlace() {
        return (
            this.state.lines.length &&
            !this.props.blocked &&
            !this.unfinished.length &&
            !this.state.placing &&
            !this.state.lines.some((line) => line.problem)
        );
    }

    /** Ask the server; what goes wrong is said, and nothing that was typed is lost. */
    async ask(route, params) {
        this.state.error = "";
        try {
            const answer = await rpc(route, params, { silent: true });
            this.state.offline = false;
            if (answer.error) {
                this.state.error = answer.error;
                return null;
            }
            return answer;
        } catch {
            this.state.offline = true;
            this.state.error = _t("The server cannot be reached. What you have entered stays here; please try again.");
            return null;
        }
    }

    stockLabel(stock) {
        if ("quantity" in stock) {
            return _t("%s in stock", stock.quantity);
        }
        return { green: _t("In stock"), amber: _t("Short"), red: _t("Out of stock") }[stock.light];
    }

    stockClass(stock) {
        return { green: "text-success", amber: "text-warning", red: "text-danger" }[stock.light];
    }

    quantityHint(line) {
        const hints = [];
        if (line.least) {
            hints.push(_t("at least %s", line.least));
        }
        if (line.step) {
            hints.push(_t("%(packaging)s of %(step)s", { packaging: line.packaging, step: line.step }));
        }
        return hints.join(", ");
    }
}

registry.category("public_components").add("dealer_management.quick_order", QuickOrder);
