// The page of the simulator: polls for changes and shows them. Message content is never executed.
const POLL_MS = 1000;
const MAX_MESSAGES = 1000;
const FAULTS = {
  'works': null,
  'answers 500': { script: [{ status: 500 }], repeat: true },
  'answers 429': { script: [{ status: 429, retry_after: 2 }], repeat: true },
  'is slow (3 s)': { script: [{ delay_ms: 3000 }], repeat: true },
  'delivers, but the answer is lost': { script: [{ drop_reply: true }], repeat: true },
  'resets connections': { script: [{ reset: true }], repeat: true },
  'never answers': { script: [{ silent: true }], repeat: true },
};
const REPORT_MODES = ['in-order', 'shuffled', 'duplicated', 'off'];

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

// ---- requests

async function ask(method, path, body) {
  const answer = await fetch(path, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  const result = await answer.json();
  if (!answer.ok) {
    throw new Error(result.detail ?? answer.statusText);
  }
  return result;
}

async function look() {
  try {
    let view;
    do {
      view = await ask('GET', `/view?since=${since}`);
      if (run !== null && view.run !== run) {
        // the simulator was restarted and its history is gone
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
    state(failure instanceof TypeError ? 'The simulator does not answer.' : failure.message, false);
  }
}

function state(text, up) {
  if (at('state').textContent !== text) {
    at('state').textContent = text;
    at('state').className = 'state ' + (up ? 'up' : 'down');
  }
}

// ---- faults

function choices(place, names, fault, choose) {
  for (const name of names) {
    const input = make('input', { type: 'radio', name: place, value: name });
    input.addEventListener('change', () => choose(name).catch((failure) => state(failure.message, false)));
    at(place).append(
      make('label', { className: 'choice' + (fault(name) ? ' fault' : '') }, input, make('span', { textContent: name })));
  }
}

for (const provider of ['sim-sms', 'sim-email']) {
  choices(provider, Object.keys(FAULTS), (name) => FAULTS[name] !== null, (name) =>
    FAULTS[name] ? ask('PUT', `/faults/${provider}`, FAULTS[name]) : ask('DELETE', `/faults/${provider}`));
}
choices('callbacks', REPORT_MODES, (name) => name !== 'in-order', (mode) => ask('POST', '/callbacks', { mode }));

function controls(view) {
  for (const [provider, { done, ...plan }] of Object.entries(view.faults)) {
    const ends = plan.script && (plan.script.length === 0 || (!plan.repeat && done === plan.script.length));
    const name = ends ? 'works' : Object.keys(FAULTS).find((each) => JSON.stringify(FAULTS[each]) === JSON.stringify(plan));
    check(provider, name, 'custom plan');
  }
  check('callbacks', view.callbacks.mode);
}

// a plan set elsewhere is shown as an extra choice while it is in force
function check(place, name, other) {
  for (const input of at(place).querySelectorAll('input')) {
    input.checked = input.value === name;
  }
  const custom = at(place).querySelector('.other');
  if (name === undefined && !custom) {
    const input = make('input', { type: 'radio', name: place, checked: true });
    at(place).append(make('label', { className: 'choice fault other' }, input, make('span', { textContent: other })));
  } else if (name === undefined) {
    custom.querySelector('input').checked = true;
  } else {
    custom?.remove();
  }
}

// ---- contacts

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
  if (contact.messages.length > MAX_MESSAGES) {
    contact.messages.splice(0, MAX_MESSAGES / 2);
    at('messages').dataset.of = '';
  }
  contact.vias.delete(message.via);
  contact.vias.add(message.via);
  if (!message.written && message.refusal === null && message.contact !== chosen) {
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
      button.append(make('span', { className: 'unseen', textContent: contact.unseen, title: 'unread' }));
    }
    button.append(make('small', { textContent: last ? (last.subject || last.body).slice(0, 80) : 'no messages' }));
    button.addEventListener('click', () => choose(name));
    return make('li', {}, button);
  });
  at('contacts').replaceChildren(
    ...(list.length > 0 ? list : [make('li', { className: 'empty', textContent: 'No messages yet.' })]));
  if (threadChanged) {
    thread();
  }
}

function choose(name) {
  chosen = name;
  contactOf(name).unseen = 0;
  at('result').textContent = '';
  show(true);
}

at('add-contact').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  ask('POST', '/contacts', { address: form.contact.value })
    .then(({ address }) => {
      at('add-result').textContent = '';
      form.reset();
      choose(address);
    })
    .catch((failure) => {
      at('add-result').textContent = failure.message.replace(/^address /, 'This ');
      form.contact.focus();
    });
});

at('add-contact').contact.addEventListener('input', () => {
  at('add-result').textContent = '';
});

// ---- messages

function thread() {
  const contact = contacts.get(chosen);
  at('who').textContent = chosen ?? 'No contact selected';
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
    list.append(make('li', { className: 'empty', textContent: contact ? 'No messages yet. Write one below.' : 'Send a message through the gateway, or add a contact and write as them.' }));
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
  const bubble = make('li', { className: message.written ? 'wrote' : message.refusal === null ? '' : 'refused' });
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
  if (message.refusal !== null) {
    foot.prepend(make('strong', { textContent: 'Refused: ' + message.refusal }));
  }
  if (message.type === 'email' && /<[a-z!/]/i.test(message.body)) {
    foot.append(asPage(message, body, bubble));
  }
  bubble.append(foot);
  return bubble;
}

// sandboxed: no scripts, no forms, no remote content
function asPage(message, body, bubble) {
  let frame = null;
  const button = make('button', { type: 'button', className: 'quiet', textContent: 'show HTML' });
  button.addEventListener('click', () => {
    if (frame) {
      frame.replaceWith(body);
      frame = null;
    } else {
      frame = make('iframe', { title: 'email as HTML' });
      frame.setAttribute('sandbox', '');
      frame.srcdoc = message.body;
      body.replaceWith(frame);
    }
    bubble.classList.toggle('mail', frame !== null);
    button.textContent = frame ? 'show source' : 'show HTML';
  });
  return button;
}

at('write').addEventListener('submit', async (event) => {
  event.preventDefault();
  const form = event.target;
  const mail = chosen.includes('@');
  const result = at('result');
  result.className = '';
  result.textContent = 'Sending…';
  try {
    const reply = await ask('POST', '/inbound', {
      channel: mail ? 'email' : 'sms',
      from: chosen,
      to: form.to.value.trim(),
      ...(mail && form.subject.value && { subject: form.subject.value }),
      body: form.body.value,
      attachments: [],
    });
    const accepted = reply.status >= 200 && reply.status < 300;
    result.className = accepted ? '' : 'bad';
    result.textContent = accepted
      ? `Stored by the gateway: ${reply.answer.id ?? reply.status}`
      : `The gateway answered ${reply.status}: ${reply.answer.detail ?? JSON.stringify(reply.answer)}`;
    if (accepted) {
      form.body.value = '';
      form.subject.value = '';
    }
    await look();
  } catch (failure) {
    result.className = 'bad';
    result.textContent = failure.message;
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
  setTimeout(poll, document.hidden ? 5 * POLL_MS : POLL_MS);
})();
