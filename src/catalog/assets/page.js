// For every page: the link to the other language keeps the query and the fragment of the address, and a click on an
// element with data-copy copies the text of the element that it names.

for (const link of document.querySelectorAll("a[data-language]")) {
  link.addEventListener("click", () => {
    const there = new URL(link.href);
    there.search = location.search;
    there.hash = location.hash;
    link.href = there.href;
  });
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    const words = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = words; }, 1500);
  });
}
