// The page of the simulator: asks it what is new, and shows it. Nothing that was sent is ever run.
const EVERY = 1000;
const MOST = 1000;
const HOW = {
  'normally': null,
  'into 500s': { script: [{ status: 500 }], repeat: true },
  'into 429s': { script: [{ status: 429, retry_after: 2 }], repeat: true },
  'slowly': { script: [{ delay_ms: 3000 }], repeat: true },
  'without answers': { script: [{ drop_reply: true }], repeat: true },
  'into resets': { script: [{ reset: true }], repeat: true },
  'into silence': { script: [{ silent: true }], repeat: true },
};
const REPORTED = ['in-order', 'shuffled', 'duplicated', 'off'];

const at = (id) => document.getElementById(id);
const make = (tag, fields = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), fields);
  element.append(...children);
  return element;
};

/** contact → { messages, vias, unseen, last } */
const contacts = new Map();
let chosen = null;
let since = 0;
let run = null;

// ---- asking

async function ask(method, path, body) {
  const answer = await fetch(path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  const told = await answer.json();
  if (!answer.ok) {
    throw new Error(told.detail ?? answer.statusText);
  }
  return told;
}

async function look() {
  try {
    let view;
    do {
      view = await ask('GET', `/view?since=${since}`);
      if (run !== null && view.run !== run) {
        // it was started anew, and knows nothing of before
        contacts.clear();
        chosen = null;
        since = 0;
        view.more = true;
      }
      const same = run === null || view.run === run;
      run = view.run;
      if (!same) {
        show(true);
        continue;
      }
      since = view.last;
      view.messages.forEach(take);
      if (view.messages.length > 0) {
        show(view.messages.some((message) => message.contact === chosen));
      }
    } while (view.more);
    controls(view);
    state(`Live, ${since} ${since === 1 ? 'message' : 'messages'}`, true);
  } catch (failure) {
    state(failure instanceof TypeError ? 'The simulator does not answer' : failure.message, false);
  }
}

function state(text, up) {
  if (at('state').textContent !== text) {
    at('state').textContent = text;
    at('state').className = 'state ' + (up ? 'up' : 'down');
  }
}

// ---- what goes wrong

function choices(place, names, fault, choose) {
  for (const name of names) {
    const input = make('input', { type: 'radio', name: place, value: name });
    input.addEventListener('change', () => choose(name).catch((failure) => state(failure.message, false)));
    at(place).append(
      make('label', { className: 'choice' + (fault(name) ? ' fault' : '') }, input, make('span', { textContent: name })));
  }
}

for (const provider of ['sim-sms', 'sim-email']) {
  choices(provider, Object.keys(HOW), (name) => HOW[name] !== null, (name) =>
    HOW[name] ? ask('PUT', `/faults/${provider}`, HOW[name]) : ask('DELETE', `/faults/${provider}`));
}
choices('callbacks', REPORTED, (name) => name !== 'in-order', (mode) => ask('POST', '/callbacks', { mode }));

function controls(view) {
  for (const [provider, { done, ...plan }] of Object.entries(view.faults)) {
    const ends = plan.script && (plan.script.length === 0 || (!plan.repeat && done === plan.script.length));
    const name = ends ? 'normally' : Object.keys(HOW).find((each) => JSON.stringify(HOW[each]) === JSON.stringify(plan));
    check(provider, name, 'as scripted');
  }
  check('callbacks', view.callbacks.mode);
}

// somebody else's plan has a choice of its own as long as it is in force
function check(place, name, other) {
  for (const input of at(place).querySelectorAll('input')) {
    input.checked = input.value === name;
  }
  const stranger = at(place).querySelector('.other');
  if (name === undefined && !stranger) {
    const input = make('input', { type: 'radio', name: place, checked: true });
    at(place).append(make('label', { className: 'choice fault other' }, input, make('span', { textContent: other })));
  } else if (name === undefined) {
    stranger.querySelector('input').checked = true;
  } else {
    stranger?.remove();
  }
}

// ---- who there is

function contactOf(name) {
  if (!contacts.has(name)) {
    contacts.set(name, { messages: [], vias: new Set(), unseen: 0 });
  }
  return contacts.get(name);
}

function take(message) {
  chosen ??= message.contact;
  const contact = contactOf(message.contact);
  contact.messages.push(message);
  if (contact.messages.length > MOST) {
    contact.messages.splice(0, MOST / 2);
    at('messages').dataset.of = '';
  }
  contact.vias.delete(message.via);
  contact.vias.add(message.via);
  if (!message.written && message.contact !== chosen) {
    contact.unseen++;
  }
  // newest first
  contacts.delete(message.contact);
  contacts.set(message.contact, contact);
}

function show(threadChanged) {
  const list = [...contacts].reverse().map(([name, contact]) => {
    const last = contact.messages.at(-1);
    const button = make('button', { type: 'button' }, make('b', { textContent: name }));
    button.setAttribute('aria-current', String(name === chosen));
    if (contact.unseen > 0) {
      button.append(make('span', { className: 'unseen', textContent: contact.unseen, title: 'not looked at' }));
    }
    button.append(make('small', { textContent: last ? (last.subject || last.body).slice(0, 80) : 'nothing yet' }));
    button.addEventListener('click', () => choose(name));
    return make('li', {}, button);
  });
  at('contacts').replaceChildren(
    ...(list.length > 0 ? list : [make('li', { className: 'empty', textContent: 'Nothing was sent yet.' })]));
  if (threadChanged) {
    thread();
  }
}

function choose(name) {
  chosen = name;
  contactOf(name).unseen = 0;
  at('said').textContent = '';
  show(true);
}

at('newcomer').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  choose(form.contact.value.trim());
  form.reset();
});

// ---- what they said

function thread() {
  const contact = contacts.get(chosen);
  at('who').textContent = chosen ?? 'Nobody yet';
  at('write').hidden = !contact;
  const list = at('messages');
  const low = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  if (list.dataset.of !== chosen) {
    list.replaceChildren();
    list.dataset.of = chosen;
  }
  list.querySelector('.empty')?.remove();
  const shown = list.children.length;
  contact?.messages.slice(shown).forEach((message) => list.append(bubble(message)));
  if (!contact || contact.messages.length === 0) {
    list.append(make('li', { className: 'empty', textContent: contact ? 'Nothing yet. Write first.' : 'Send something through the gateway, or add a contact and write.' }));
  }
  if (low || shown === 0) {
    list.scrollTop = list.scrollHeight;
  }
  if (contact) {
    const mail = chosen.includes('@');
    at('write').querySelector('.mail').hidden = !mail;
    at('vias').replaceChildren(...[...contact.vias].map((via) => make('option', { value: via })));
    const to = at('write').to;
    if (to.dataset.of !== chosen || to.value === '') {
      to.value = [...contact.vias].at(-1) ?? '';
      to.dataset.of = chosen;
    }
    to.placeholder = mail ? 'us@example.org' : '+1555…';
  }
}

function bubble(message) {
  const bubble = make('li', { className: message.written ? 'wrote' : '' });
  if (message.subject) {
    bubble.append(make('h3', { textContent: message.subject }));
  }
  const body = make('p', { textContent: message.body + (message.cut ? ' …' : '') });
  bubble.append(body);
  for (const url of message.attachments) {
    const safe = /^https?:/i.test(url);
    bubble.append(make('p', {},
      safe ? make('a', { href: url, textContent: url, rel: 'noreferrer noopener', target: '_blank' }) : url));
  }
  const way = message.written ? 'to ' : 'from ';
  const foot = make('footer', {},
    make('span', { textContent: new Date(message.at).toLocaleTimeString() }),
    make('span', { textContent: message.type }),
    make('span', { textContent: way + message.via }));
  if (message.type === 'email' && /<[a-z!/]/i.test(message.body)) {
    foot.append(asPage(message, body, bubble));
  }
  bubble.append(foot);
  return bubble;
}

// without scripts, forms, and anything from elsewhere
function asPage(message, body, bubble) {
  let frame = null;
  const button = make('button', { type: 'button', className: 'quiet', textContent: 'show as a page' });
  button.addEventListener('click', () => {
    if (frame) {
      frame.replaceWith(body);
      frame = null;
    } else {
      frame = make('iframe', { title: 'the mail as a page' });
      frame.setAttribute('sandbox', '');
      frame.srcdoc = message.body;
      body.replaceWith(frame);
    }
    bubble.classList.toggle('mail', frame !== null);
    button.textContent = frame ? 'show as text' : 'show as a page';
  });
  return button;
}

at('write').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  const mail = chosen.includes('@');
  const said = at('said');
  said.className = '';
  said.textContent = 'Writing…';
  try {
    const told = await ask('POST', '/inbound', {
      channel: mail ? 'email' : 'sms',
      from: chosen,
      to: form.to.value.trim(),
      ...(mail && form.subject.value && { subject: form.subject.value }),
      body: form.body.value,
      attachments: [],
    });
    const taken = told.status >= 200 && told.status < 300;
    said.className = taken ? '' : 'bad';
    said.textContent = taken
      ? `The gateway took it: ${told.answer.id ?? told.status}`
      : `The gateway said ${told.status}: ${told.answer.detail ?? JSON.stringify(told.answer)}`;
    if (taken) {
      form.body.value = '';
      form.subject.value = '';
    }
    await look();
  } catch (failure) {
    said.className = 'bad';
    said.textContent = failure.message;
  }
});

at('write').body.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at('write').requestSubmit();
  }
});

show(true);
(async function poll() {
  await look();
  setTimeout(poll, document.hidden ? 5 * EVERY : EVERY);
})();
