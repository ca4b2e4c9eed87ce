/**
 * Lines of code that name the data by its path in a checkout in, the same lines with the address of this site out.
 *
 * A `code` element says in `data-path` how its lines name the site's root, and in `data-root` the way there from this
 * page. Read from a disk the lines stay as they are, since they are right then.
 */

/** @param {HTMLElement} code */
function nameByAddress(code) {
  const root = new URL(code.dataset.root, location.href).href;
  code.textContent = code.textContent.replaceAll(code.dataset.path, root);
}

if (location.protocol.startsWith("http")) {
  document.querySelectorAll("code[data-path]").forEach(nameByAddress);
}
