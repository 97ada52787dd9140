// JavaScript, and an import: from here on Node's own loader takes the .ts files, not the ts-node that Pulumi hooks into `require`.
import './pack.ts';
