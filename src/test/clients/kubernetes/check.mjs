// Checks manifests by the schemas of Kubernetes; tsc finds fields that no schema has. Usage: node check.mjs FILE…
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseAllDocuments } from 'yaml';

let source = '';
let count = 0;
for (const file of process.argv.slice(2)) {
  for (const document of parseAllDocuments(readFileSync(file, 'utf8'), { merge: true })) {
    const manifest = document.toJS();
    const { apiVersion, kind } = manifest;
    const models = await import(`kubernetes-models/${apiVersion}`);
    try {
      new models[kind](manifest).validate();
    } catch (error) {
      console.log(`${basename(file)}: ${kind}: ${error.message}`);
      process.exit(1);
    }
    count += 1;
    source += `import type { I${kind} as Kind${count} } from 'kubernetes-models/${apiVersion}';\n`;
    source += `export const manifest${count}: Kind${count} = ${JSON.stringify(manifest, null, 1)};\n`;
  }
}
writeFileSync('manifests.ts', source);
const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--moduleResolution', 'nodenext'];
const { status } = spawnSync('node_modules/.bin/tsc', [...options, 'manifests.ts'], { stdio: 'inherit' });
console.log(status === 0 ? `${count} manifests fit their schemas` : 'a manifest has a field that its schema has not');
process.exit(status);
