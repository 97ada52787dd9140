import { writeFileSync } from 'node:fs';
import { renderMutations } from './renderMutations.ts';

writeFileSync(new URL('../../../docs/policy-mutations.md', import.meta.url), renderMutations());
