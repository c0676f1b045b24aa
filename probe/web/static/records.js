// Show times in the reader's zone, and copy a command; without this script both can still be read and selected.
"use strict";

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  time.title = time.dateTime;
  if (!time.hasAttribute("data-utc")) time.textContent = (Math.abs(Date.now() - at) < 43200000 ? clock : calendar).format(at);
}

const zone = document.getElementById("zone");
if (zone) zone.textContent = `${zone.dataset.local} ${Intl.DateTimeFormat().resolvedOptions().timeZone || ""}`;

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    // Not every origin may use the clipboard: then it stands selected for the reader's own copying.
    getSelection().selectAllChildren(source);
    if (!document.execCommand("copy")) return say(button, button.dataset.selected);
  }
  say(button, button.dataset.done);
}

function say(button, text) {
  const told = document.getElementById(`${button.dataset.copy}-told`);
  told.textContent = text;
  setTimeout(() => (told.textContent = ""), 4000);
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}
