import type { KeyVaultReference } from '../../arm/siteReader.ts';
import type { Gate } from '../../gate.ts';
import type { SlotUnderTest } from '../slotUnderTest.ts';

/** An unresolved reference reaches the app as its own text, where a secret should be. Source: learn.microsoft.com, "Use Key Vault references as app settings". */
export function judgeReferences(references: readonly KeyVaultReference[]): Gate {
  const unresolved = references.filter(({ status }) => status !== 'Resolved');
  return {
    name: 'references-resolved',
    measured: `${references.length - unresolved.length} of ${references.length} resolved`,
    limit: 'all resolved',
    pass: unresolved.length === 0,
    details: unresolved.map(({ setting, status }) => `${setting}: ${status}. Give the site's identity its role on the secret, then refresh the references or restart the slot.`),
  };
}

export async function referencesResolved({ site, slot }: SlotUnderTest): Promise<Gate> {
  return judgeReferences(await site.references(slot));
}
