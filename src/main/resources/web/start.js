const here = location.origin;
document.getElementById('calls').textContent = [
  `curl -X POST ${here}/api/users -H 'Content-Type: application/json' \\\n  -d '{"name":"You","email":"you@example.org","password":"correct horse"}'`,
  `curl -u you:'correct horse' ${here}/api/users/me`,
  `curl -u you:'correct horse' ${here}/api/conversations`,
].join('\n\n');

const state = document.getElementById('state');
async function look() {
  try {
    const answer = await (await fetch('/health/ready')).json();
    const up = answer.status === 'up';
    const missing = Object.entries(answer).filter(([part, how]) => part !== 'status' && how !== 'up');
    state.textContent = up ? 'Ready' : 'Not ready: ' + missing.map(([part, how]) => `${part} is ${how}`).join(', ');
    state.className = 'state ' + (up ? 'up' : 'down');
  } catch {
    state.textContent = 'The gateway does not answer';
    state.className = 'state down';
  }
}
look();
setInterval(look, 5000);

const { simulator_port: port } = await (await fetch('/start.json')).json();
if (port) {
  const entry = document.getElementById('simulator');
  entry.querySelector('a').href = `${location.protocol}//${location.hostname}:${port}/`;
  entry.hidden = false;
}
