// Shows the mail that was kept instead of sent. Everything is shown as text, whatever it holds.
"use strict";

const METHOD = "/kulturtorg.notify.v1.NotifyService/ListKeptMail";

async function load() {
  const told = document.getElementById("told");
  told.textContent = "…";
  try {
    const answer = await fetch(METHOD, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ pageSize: 100 }),
    });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.message || said.code);
    const mails = said.mails || [];
    document.getElementById("mails").replaceChildren(...mails.map(show));
    told.textContent = mails.length === 0 ? "Ingen post än. / No mail yet." : "";
  } catch (error) {
    told.textContent = "Posten kunde inte hämtas / Mail cannot be read: " + error.message;
  }
}

function show(mail) {
  const section = element("section", "mail");
  const to = mail.name ? mail.name + " <" + mail.address + ">" : mail.address;
  const time = mail.sendTime ? new Date(mail.sendTime).toLocaleString() : "";
  const text = element("pre", "", "");
  text.append(...linked(mail.text || ""));
  section.append(
    element("h2", "", mail.subject || ""),
    element("p", "quiet", [to, time].filter(Boolean).join(" · ")),
    text,
  );
  return section;
}

// Web addresses in the text become links, so that a confirmation can be followed.
function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+)/).map((part, at) => {
    if (at % 2 === 0) return document.createTextNode(part);
    const link = element("a", "", part);
    link.href = part;
    link.rel = "noreferrer";
    return link;
  });
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

document.getElementById("again").addEventListener("click", load);
load();
