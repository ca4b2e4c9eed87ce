// What every page does: the link to the other language keeps what was asked for (the address's query and fragment),
// and whatever says data-copy is copied by a click.

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
