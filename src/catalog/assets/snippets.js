/**
 * Lines of code that name the data by its path in a checkout in, the same lines with the address of this site out.
 *
 * A `code` element has in `data-path` the path that its lines use for the site's root, and in `data-root` the path from
 * this page to it. On a page that is read from a disk the lines are right, and stay as they are.
 */

/** @param {HTMLElement} code */
function nameByAddress(code) {
  const root = new URL(code.dataset.root, location.href).href;
  code.textContent = code.textContent.replaceAll(code.dataset.path, root);
}

if (location.protocol.startsWith("http")) {
  document.querySelectorAll("code[data-path]").forEach(nameByAddress);
}
