/** The longest side of a photograph as the server keeps it, and how well it is drawn. */
const SIDE_MAX = 1920;
const QUALITY = 0.85;

/**
 * A photograph upright and small enough for a telephone's network: 8 MB become half of one. What the
 * browser cannot draw (a PDF, an unknown kind) is sent as it is; the server looks at every file itself.
 *
 * @param {File} file
 * @returns {Promise<File>}
 */
export async function shrinkPhoto(file) {
    if (!file.type.startsWith("image/")) {
        return file;
    }
    let bitmap;
    try {
        bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
        return file; // Not a picture that this browser knows: the server says what is wrong with it.
    }
    const scale = Math.min(1, SIDE_MAX / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    if (!blob) {
        return file;
    }
    const stem = file.name.replace(/\.\w{1,5}$/, "");
    return new File([blob], `${stem}.jpg`, { type: "image/jpeg" });
}
