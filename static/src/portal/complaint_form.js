import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { redirect } from "@web/core/utils/urls";
import { Interaction } from "@web/public/interaction";
import { shrinkPhoto } from "./complaint_files";

/** As the server has it. */
const FILES_MAX = 20;

/**
 * A form of a complaint: photographs are made smaller before they are sent, and shown; the form is
 * sent in the background, so that what is refused loses neither text nor photographs. Without scripts
 * the same form is sent as it is.
 */
export class ComplaintForm extends Interaction {
    static selector = ".o_complaint_form";
    dynamicContent = {
        _root: { "t-on-submit.prevent": this.onSubmit, "t-on-input": this.onInput },
        _window: { "t-on-beforeunload": this.onLeave },
        ".o_complaint_files input[type=file]": { "t-on-change.withTarget": this.onFiles },
        ".o_complaint_choose": { "t-on-click": this.onChoose },
        ".o_complaint_thumbs": { "t-on-click": this.onThumb },
    };

    setup() {
        // The server marks all that is missing at once; a browser by itself names one field after the other.
        this.el.noValidate = true;
        this.photos = []; // { file, url }
        this.isDirty = false;
        this.isSending = false;
        this.shrinking = Promise.resolve();
        this.picker = this.el.querySelector(".o_complaint_files input[name=files]");
        const pickers = this.el.querySelector(".o_complaint_pickers");
        if (this.picker) {
            this.picker.classList.add("d-none");
            pickers.classList.replace("d-none", "d-flex");
            // A camera is worth a button of its own where there is one in the hand.
            pickers.querySelector(".o_complaint_camera").classList.toggle("d-none", !navigator.maxTouchPoints);
        }
        this.registerCleanup(() => this.photos.forEach((photo) => URL.revokeObjectURL(photo.url)));
    }

    // ------------------------------------------------------------ Photographs

    onChoose() {
        this.picker.click();
    }

    onFiles(ev, input) {
        const files = [...input.files];
        input.value = ""; // The same photograph can be chosen again after it was taken out.
        this.isDirty = true;
        // One after the other: a telephone has no memory for ten at once.
        this.shrinking = this.shrinking.then(() => this.addFiles(files));
        return this.waitFor(this.shrinking);
    }

    async addFiles(files) {
        this.sayFiles("");
        for (const file of files) {
            if (this.photos.length >= FILES_MAX) {
                this.sayFiles(_t("At most %s photographs or documents at once, please.", FILES_MAX));
                break;
            }
            const shrunk = await shrinkPhoto(file);
            this.photos.push({ file: shrunk, url: URL.createObjectURL(shrunk) });
            this.showThumbs();
        }
    }

    onThumb(ev) {
        const button = ev.target.closest("button[data-index]");
        if (button) {
            const [photo] = this.photos.splice(Number(button.dataset.index), 1);
            URL.revokeObjectURL(photo.url);
            this.sayFiles("");
            this.showThumbs();
        }
    }

    showThumbs() {
        const cells = this.photos.map(({ file, url }, index) => {
            const cell = document.createElement("div");
            cell.className = "col o_complaint_thumb";
            const frame = document.createElement("div");
            frame.className = "position-relative";
            frame.append(this.makeThumb(file, url), this.makeRemove(file, index));
            cell.append(frame);
            return cell;
        });
        this.el.querySelector(".o_complaint_thumbs").replaceChildren(...cells);
    }

    makeThumb(file, url) {
        if (file.type.startsWith("image/")) {
            const image = document.createElement("img");
            image.className = "rounded border o_complaint_photo";
            image.src = url;
            image.alt = file.name;
            return image;
        }
        const label = document.createElement("div");
        label.className = "rounded border bg-light p-2 small text-break o_complaint_photo";
        label.textContent = file.name;
        return label;
    }

    makeRemove(file, index) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-dark position-absolute top-0 end-0 o_complaint_remove";
        button.dataset.index = index;
        button.title = _t("Take out %s", file.name);
        button.setAttribute("aria-label", button.title);
        button.textContent = "×";
        return button;
    }

    // ---------------------------------------------------------------- Sending

    onInput() {
        this.isDirty = true;
    }

    onLeave(ev) {
        if (this.isDirty && !this.isSending) {
            ev.preventDefault();
        }
    }

    async onSubmit() {
        if (this.isSending) {
            return;
        }
        this.isSending = true;
        this.showSending(true);
        this.showProblems({});
        this.sayError("");
        try {
            await this.waitFor(this.shrinking);
            const answer = await this.waitFor(this.send());
            if (answer.url) {
                this.isDirty = false;
                redirect(answer.url);
                return; // The button stays off until the next page is there.
            }
            this.showProblems(answer.fields || {});
            this.sayError(answer.error);
        } catch {
            this.sayError(
                _t("It could not be sent. Nothing is lost: please check your connection and press the button again.")
            );
        }
        this.isSending = false;
        this.showSending(false);
    }

    /** @returns {Promise<{url?: string, error?: string, fields?: Object}>} */
    async send() {
        const data = new FormData(this.el);
        data.delete("files");
        for (const { file } of this.photos) {
            data.append("files", file, file.name);
        }
        const response = await fetch(this.el.action, {
            method: "POST",
            body: data,
            headers: { Accept: "application/json" },
        });
        if (response.status === 413) {
            return { error: _t("This is too much at once. Please send fewer photographs, and the others afterwards.") };
        }
        const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
        if (response.status === 400 || (response.redirected && !isJson)) {
            return {
                error: _t(
                    "You are no longer logged in. Nothing is lost: please log in in another window, then press the button again."
                ),
                fields: await this.renewToken(),
            };
        }
        if (!response.ok || !isJson) {
            throw new Error(`${response.status}`);
        }
        return response.json();
    }

    /** The token belongs to the session: after logging in again it is another one. */
    async renewToken() {
        const page = await (await fetch("/my/complaints/new")).text();
        const found = new DOMParser()
            .parseFromString(page, "text/html")
            .querySelector(".o_complaint_form input[name=csrf_token]");
        if (found) {
            this.el.querySelector("input[name=csrf_token]").value = found.value;
        }
        return {};
    }

    showSending(isSending) {
        const button = this.el.querySelector("button[type=submit]");
        button.disabled = isSending;
        const label = button.querySelector("span");
        this.label ??= label.textContent;
        label.textContent = isSending ? _t("Sending…") : this.label;
    }

    sayFiles(text) {
        const problem = this.el.querySelector(".o_complaint_files_problem");
        problem.textContent = text;
        problem.classList.toggle("d-none", !text);
    }

    sayError(text) {
        const alert = this.el.querySelector(".o_complaint_error");
        alert.textContent = text;
        alert.classList.toggle("d-none", !text);
        if (text) {
            alert.scrollIntoView({ block: "center" });
            alert.focus({ preventScroll: true });
        }
    }

    showProblems(problems) {
        for (const place of this.el.querySelectorAll(".o_complaint_problem")) {
            const text = problems[place.dataset.name] || "";
            place.textContent = text;
            place.classList.toggle("d-none", !text);
            const input = this.el.querySelector(`[name=${place.dataset.name}]:not([type=radio])`);
            input?.classList.toggle("is-invalid", Boolean(text));
        }
    }
}

registry.category("public.interactions").add("dealer_management.complaint_form", ComplaintForm);
