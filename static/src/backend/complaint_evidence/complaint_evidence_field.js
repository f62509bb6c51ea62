import { _t } from "@web/core/l10n/translation";
import { FileModel } from "@web/core/file_viewer/file_model";
import { useFileViewer } from "@web/core/file_viewer/file_viewer_hook";
import { registry } from "@web/core/registry";
import { Many2ManyBinaryField, many2ManyBinaryField } from "@web/views/fields/many2many_binary/many2many_binary_field";

/** Photographs as thumbnails that open large, other files by name; adding, but no taking away. */
export class ComplaintEvidenceField extends Many2ManyBinaryField {
    static template = "dealer_management.ComplaintEvidenceField";

    setup() {
        super.setup();
        this.viewer = useFileViewer();
    }

    open(id) {
        const files = this.files.map((file) =>
            Object.assign(new FileModel(), { id: file.id, name: file.name, mimetype: file.mimetype, type: "binary" })
        );
        const file = files.find((candidate) => candidate.id === id);
        if (file.isViewable) {
            this.viewer.open(file, files);
        } else {
            window.location.assign(file.downloadUrl);
        }
    }
}

export const complaintEvidenceField = {
    ...many2ManyBinaryField,
    component: ComplaintEvidenceField,
    displayName: _t("Evidence of a Complaint"),
};

registry.category("fields").add("complaint_evidence", complaintEvidenceField);
