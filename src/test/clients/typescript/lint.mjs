// Lints the contract by the recommended rules; what it finds ends the build.
import { createConfig, lint } from '@redocly/openapi-core';

const config = await createConfig({
  extends: ['recommended-strict'],
  rules: {
    'operation-operationId-unique': 'error',
    'operation-description': 'error',
    'parameter-description': 'error',
    'tag-description': 'error',
    'no-server-example.com': 'off', // served with the address of the gateway
    'no-unused-components': 'off', // those of the event bus are referred to by x- keywords
  },
});
const problems = await lint({ ref: 'openapi.yaml', config });
problems.forEach(({ ruleId, message, location }) => console.log(ruleId, message, location[0]?.pointer));
process.exit(problems.length === 0 ? 0 : 1);
